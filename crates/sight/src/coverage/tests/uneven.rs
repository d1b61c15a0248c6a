//! Ground that is not seen alike within a cell of the ways is promised less.

use super::*;

#[test]
fn a_line_seen_through_dust_is_promised_less_the_more_uneven_its_cells_are() {
    let under = |evenness: f64| {
        let settings = format!("[settings]\nsight_evenness = {evenness:?}\n");
        let model = model(&[&settings, TOWER], |_, _| 100);
        let weather = vec![dust(1_500.0)];
        let conditions = Conditions { weather, ..conditions(&model, Health::Working) };
        let stretches = assess(&model, &conditions).stretches;
        stretches.iter().map(|stretch| stretch.probability).collect::<Vec<f64>>()
    };

    let (alike, shipped, rough) = (under(1e6), under(0.5), under(0.1));

    let mut between = 0;
    for ((alike, shipped), rough) in alike.iter().zip(&shipped).zip(&rough) {
        assert!(rough <= shipped && shipped <= alike, "{rough} {shipped} {alike}");
        between += u32::from(rough < shipped && shipped < alike);
    }
    assert!(between > 5, "{alike:?}\n{shipped:?}\n{rough:?}");
}
