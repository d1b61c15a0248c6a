//! What a sensor says an object does, and what its detection was made from: in the core's words, bounded.

use std::collections::BTreeMap;

use jiff::Timestamp;
use watch::detection::{Behaviour, Origin, Relation, Remarks};
use wire::sapient::DetectionReport;
use wire::sapient::ids::{canonical_uuid, parse_ulid};
use wire::sapient::link::{AssociationRelation, Timestamp as Moment};
use wire::text;

use super::class::{self, Redacted};
use super::{Refusal, limits};

const BEHAVIOUR: &str = "detection_report.behaviour";

/// What of a detection's remarks is kept; the rest of the report is as good as ever without what is refused or dropped.
pub(super) fn read(detection: &DetectionReport) -> (Remarks, Vec<Refusal>, Vec<Redacted>) {
    let (mut refusals, mut redacted) = (Vec::new(), Vec::new());
    let mut behaviours: BTreeMap<Behaviour, Option<f64>> = BTreeMap::new();
    for (index, told) in detection.behaviour.iter().enumerate() {
        let Some(behaviour) = behaviour_of(told.kind()) else {
            let forbidden = class::forbidden(told.kind(), BEHAVIOUR);
            if forbidden.is_empty() {
                refusals.push(unknown(index, told.kind()));
            }
            redacted.extend(forbidden);
            continue;
        };
        let confidence = told.confidence.map(f64::from);
        let known = behaviours.entry(behaviour).or_insert(confidence);
        *known = greater(*known, confidence);
    }
    let mut origins: Vec<Origin> = origins_of(detection).take(limits::ORIGINS_MAX + 1).collect();
    if origins.len() > limits::ORIGINS_MAX {
        origins.truncate(limits::ORIGINS_MAX);
        let most = limits::ORIGINS_MAX;
        let got = detection.derived_detection.len() + detection.associated_detection.len();
        let reason =
            format!("of derived and associated detections the first {most} are kept, got {got}");
        refusals.push(Refusal::new("detection_report.derived_detection", reason));
    }
    (Remarks { behaviours: behaviours.into_iter().collect(), origins }, refusals, redacted)
}

/// The greater of two confidences; one that is given outweighs none.
fn greater(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    }
}

fn behaviour_of(told: &str) -> Option<Behaviour> {
    let told = told.trim().to_ascii_lowercase();
    Behaviour::ALL.into_iter().find(|behaviour| behaviour.name() == told)
}

fn unknown(index: usize, told: &str) -> Refusal {
    let known = Behaviour::ALL.map(Behaviour::name).join(", ");
    let got = text::clean(told, limits::NAME_CHARS);
    Refusal::new(
        format!("{BEHAVIOUR}[{index}].type"),
        format!("must be one of {known}; got {got:?}"),
    )
}

/// The detections that are named, those first that this one was made from. Ids that are none were refused before.
fn origins_of(detection: &DetectionReport) -> impl Iterator<Item = Origin> + '_ {
    let derived = detection.derived_detection.iter().filter_map(|part| {
        let ids = (part.node_id.as_deref(), part.object_id.as_deref());
        origin(Relation::Derived, ids, part.timestamp)
    });
    let associated = detection.associated_detection.iter().filter_map(|part| {
        let ids = (part.node_id.as_deref(), part.object_id.as_deref());
        origin(relation_of(part.association_type()), ids, part.timestamp)
    });
    derived.chain(associated)
}

fn relation_of(told: AssociationRelation) -> Relation {
    match told {
        AssociationRelation::Parent => Relation::Parent,
        AssociationRelation::Child => Relation::Child,
        AssociationRelation::Sibling => Relation::Sibling,
        AssociationRelation::NoRelation | AssociationRelation::Unspecified => Relation::Associated,
    }
}

fn origin(
    relation: Relation,
    (node_id, object_id): (Option<&str>, Option<&str>),
    at: Option<Moment>,
) -> Option<Origin> {
    Some(Origin {
        relation,
        node_id: canonical_uuid(node_id?)?,
        object_id: object_id.filter(|id| parse_ulid(id).is_some())?.to_ascii_uppercase(),
        at: at.and_then(|moment| Timestamp::try_from(moment).ok()),
    })
}
