//! What an object may be called, and what is dropped before anything is kept.
//!
//! The core knows persons, groups, vehicles, animals, aircraft and the unknown. Sex, weapons,
//! sides and identities are never journalled; that something was dropped is counted by kind.

use std::collections::BTreeMap;

use watch::detection::Class;
use wire::sapient::DetectionReport;
use wire::sapient::detection::{Classification, SubClass};

/// A value that was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ingest) struct Redacted {
    pub(in crate::ingest) field: &'static str,
    /// What kind of thing it was, never the value.
    pub(in crate::ingest) what: &'static str,
}

const CLASSIFICATION: &str = "detection_report.classification";
const OBJECT: &str = "detection_report.object_info";
const IDENTITY: &str = "detection_report.id";

/// Words that tell a class, by the class they tell. A later line wins over an earlier one.
const CLASS_WORDS: [(Class, &[&str]); 5] = [
    (
        Class::Person,
        &[
            "human",
            "person",
            "pedestrian",
            "walker",
            "people",
            "man",
            "woman",
            "boy",
            "girl",
            "male",
            "female",
            "child",
            "soldier",
            "combatant",
        ],
    ),
    (Class::Group, &["group", "crowd"]),
    (
        Class::Vehicle,
        &[
            "vehicle",
            "car",
            "truck",
            "lorry",
            "van",
            "bus",
            "motorcycle",
            "motorbike",
            "bicycle",
            "tractor",
            "vessel",
            "boat",
            "ship",
            "quad",
        ],
    ),
    (
        Class::Animal,
        &[
            "animal",
            "bird",
            "horse",
            "donkey",
            "dog",
            "sheep",
            "goat",
            "camel",
            "cow",
            "cattle",
            "livestock",
            "flock",
            "herd",
            "wildlife",
            "boar",
            "fox",
            "wolf",
            "bear",
            "cat",
            "jackal",
            "gazelle",
        ],
    ),
    (
        Class::Aircraft,
        &[
            "aircraft",
            "air",
            "drone",
            "uav",
            "uas",
            "helicopter",
            "aeroplane",
            "airplane",
            "balloon",
        ],
    ),
];

/// Words that may not be kept, by what they tell.
const FORBIDDEN_WORDS: [(&str, &[&str]); 3] = [
    ("sex", &["male", "female", "man", "woman", "boy", "girl", "sex", "gender"]),
    (
        "weapon",
        &[
            "weapon", "gun", "rifle", "pistol", "missile", "bomb", "ied", "mine", "grenade",
            "launcher", "armed", "rpg",
        ],
    ),
    (
        "side",
        &[
            "military",
            "soldier",
            "combatant",
            "hostile",
            "enemy",
            "friendly",
            "friend",
            "foe",
            "suspect",
            "militia",
            "insurgent",
            "terrorist",
        ],
    ),
];

/// Words by which extra information about an object would name a person or a vehicle's owner.
const IDENTITY_WORDS: [&str; 10] = [
    "face",
    "plate",
    "licence",
    "license",
    "registration",
    "name",
    "gait",
    "imei",
    "imsi",
    "phone",
];

/// The classes of a detection, most general first, and what was dropped from it.
pub(super) fn read(detection: &DetectionReport) -> (Vec<(Class, f64)>, Vec<Redacted>) {
    let mut redacted = Vec::new();
    let mut classes: BTreeMap<Class, f64> = BTreeMap::new();
    for classification in &detection.classification {
        let class = class_of(classification, detection);
        let confidence = classification.confidence.map_or(1.0, f64::from);
        let sum = classes.entry(class).or_insert(0.0);
        *sum = (*sum + confidence).min(1.0);
        note_forbidden(classification.kind(), &mut redacted);
        visit(&classification.sub_class, &mut |word| note_forbidden(word, &mut redacted));
    }
    for info in detection.object_info.iter().chain(&detection.track_info) {
        if tells_identity(info.kind()) {
            redacted.push(Redacted { field: OBJECT, what: "identity" });
        }
        note_forbidden(info.kind(), &mut redacted);
        note_forbidden(info.value(), &mut redacted);
    }
    if detection.id.is_some() {
        redacted.push(Redacted { field: IDENTITY, what: "identity" });
    }
    (classes.into_iter().collect(), redacted)
}

/// The class that a word or a phrase tells, and what it tells that may not be kept.
pub(in crate::ingest) fn of_words(told: &str) -> (Class, Vec<Redacted>) {
    let mut redacted = Vec::new();
    note_forbidden(told, &mut redacted);
    (class_of_text(told), redacted)
}

/// Whether a word or a phrase tells of what names somebody: a face, a number plate.
pub(in crate::ingest) fn tells_identity(told: &str) -> bool {
    words(told).any(|word| IDENTITY_WORDS.contains(&word.as_str()))
}

/// The class that a classification tells. Sub-classes matter only where they make persons a group.
fn class_of(classification: &Classification, detection: &DetectionReport) -> Class {
    let class = class_of_text(classification.kind());
    let mut group = hints_at_group(detection);
    visit(&classification.sub_class, &mut |text| group |= class_of_text(text) == Class::Group);
    if class == Class::Person && group { Class::Group } else { class }
}

/// The standard has no class for a group, so senders say it beside the object.
fn hints_at_group(detection: &DetectionReport) -> bool {
    detection.object_info.iter().any(|info| class_of_text(info.kind()) == Class::Group)
}

fn class_of_text(text: &str) -> Class {
    let told: Vec<String> = words(text).map(|word| singular(&word)).collect();
    let tells = |known: &[&str]| told.iter().any(|word| known.contains(&word.as_str()));
    CLASS_WORDS
        .iter()
        .rev()
        .find(|(_, known)| tells(known))
        .map_or(Class::Unknown, |(class, _)| *class)
}

fn note_forbidden(text: &str, redacted: &mut Vec<Redacted>) {
    redacted.extend(forbidden(text, CLASSIFICATION));
}

/// What a text tells that may not be kept.
pub(super) fn forbidden(text: &str, field: &'static str) -> Vec<Redacted> {
    let told = words(text).map(|word| singular(&word));
    let what = |word: String| {
        let mut known = FORBIDDEN_WORDS.iter();
        known.find(|(_, forbidden)| forbidden.contains(&word.as_str())).map(|(what, _)| *what)
    };
    told.filter_map(what).map(|what| Redacted { field, what }).collect()
}

/// A text of a node with the words left out that may not be kept.
pub(super) fn without_forbidden(text: &str, field: &'static str) -> (String, Vec<Redacted>) {
    let mut kept = String::with_capacity(text.len());
    let mut redacted = Vec::new();
    for part in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let word = part.trim_end_matches(|c: char| !c.is_alphanumeric());
        let told = singular(&word.to_lowercase());
        let known =
            FORBIDDEN_WORDS.iter().find(|(_, forbidden)| forbidden.contains(&told.as_str()));
        match known {
            Some((what, _)) => {
                redacted.push(Redacted { field, what });
                kept.push_str("[redacted]");
                kept.push_str(part.get(word.len()..).unwrap_or_default());
            }
            None => kept.push_str(part),
        }
    }
    (kept, redacted)
}

fn visit(classes: &[SubClass], act: &mut impl FnMut(&str)) {
    for class in classes {
        act(class.kind());
        visit(&class.sub_class, act);
    }
}

/// Words of a text in lower case, whatever stands between them.
fn words(text: &str) -> impl Iterator<Item = String> {
    let apart = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    apart.map(str::to_lowercase)
}

fn singular(word: &str) -> String {
    match word {
        "men" => "man".to_owned(),
        "women" => "woman".to_owned(),
        "children" => "child".to_owned(),
        "persons" | "humans" | "civilians" => "person".to_owned(),
        "bus" => word.to_owned(),
        _ => word.strip_suffix('s').unwrap_or(word).to_owned(),
    }
}
