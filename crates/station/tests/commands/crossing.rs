//! `watchline crossing`.

use super::{answer, complaint};

const TEXTBOOK: &str = "p_detect,delay_s,delay_sd_s,at\n0,10,3,B\n0,12,3.6,B\n0.9,90,27,B\n0,10,3,B\n0.9,90,27,B\n0,120,36,B\n";

#[test]
fn the_textbook_path_gets_its_answer_and_its_picture() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("path.csv"), TEXTBOOK).unwrap();

    let told = answer(
        home.path(),
        "crossing easi path.csv --response-s 300 --response-sd-s 90 --p-comm 0.95 --out path.svg",
    );

    let p_interrupt = told["p_interrupt"].as_f64().unwrap();
    assert!((p_interrupt - 0.476).abs() < 5e-4, "{told}");
    assert_eq!(told["critical_element"], 3);
    let picture = std::fs::read_to_string(home.path().join("path.svg")).unwrap();
    assert_eq!(picture.matches("fill-opacity").count(), 6, "one block for each element");
}

#[test]
fn a_fault_in_a_path_names_file_line_field_and_value() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("path.csv"), TEXTBOOK.replace("0.9,90", "90,90")).unwrap();

    let said = complaint(home.path(), "crossing easi path.csv --response-s 300 --response-sd-s 90");

    assert!(said.contains("path.csv"), "{said}");
    assert!(said.contains("line 4: p_detect must be from 0 to 1, got \"90\""), "{said}");
}
