//! Policies in Cedar: whether an agency is given what is told of a thing, and on which terms. What no policy permits is not.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use cedar_policy_core::ast::{
    Context, Effect, Entity, EntityUID, ExprKind, Literal, PolicyID, PolicySet, Request,
    RequestSchemaAllPass, RestrictedExpr,
};
use cedar_policy_core::authorizer::{Authorizer, Decision};
use cedar_policy_core::entities::{Entities, NoEntitiesSchema, TCComputation};
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::parser::{Loc, parse_policyset};
use cedar_policy_core::validator::{ValidationMode, Validator, ValidatorSchema};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use sight::sector::Sector;
use watch::audit::ReleasePolicy;

use super::fault::PolicyFault;
use super::terms::Terms;
use super::thing::{Kind, Labels, Thing};
use crate::runtime::stepper::hex;

const SCHEMA: &str = include_str!("schema.cedarschema");
/// Most bytes of policies and labels together: one entry of the record, and one request, hold them.
const POLICY_BYTES_MAX: usize = 48 << 10;
/// Agencies that policies may name; each has a world.
const AGENCIES_MAX: usize = 32;
/// The one thing that policies say of agencies.
const SEE: &str = "see";

/// What each agency is given.
#[derive(Debug, Clone)]
pub struct Policy {
    policies: PolicySet,
    /// Of every policy that permits.
    terms: BTreeMap<PolicyID, Terms>,
    labels: Labels,
    /// Agencies of units in the sector file, which policies may ask for.
    agencies: BTreeMap<String, String>,
    written: ReleasePolicy,
}

/// Why there is no policy to go by.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("policy {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error(
        "policy {name}: with its labels it must have at most {POLICY_BYTES_MAX} bytes, got {got}"
    )]
    TooLong { name: String, got: usize },
    #[error("policy {name}: it may name at most {AGENCIES_MAX} agencies, got {got}")]
    TooMany { name: String, got: usize },
    #[error(
        "policy {name}:{}\nnothing is given to anybody by a policy with faults: mend them (`watchline release check`)",
        listed(faults)
    )]
    Faulty { name: String, faults: Vec<PolicyFault> },
    #[error(
        "release.labels.{name}: the sector has no sensor, unit, zone, barrier or place of this name, and there is no such type"
    )]
    Label { name: String },
    #[error("policies cannot be judged by: {0}")]
    Engine(String),
}

fn listed(faults: &[PolicyFault]) -> String {
    faults.iter().fold(String::new(), |text, fault| format!("{text}\n  {fault}"))
}

impl Policy {
    /// Reads a policy file and holds it against the sector that it is about.
    pub fn read(path: &Path, labels: Labels, sector: &Sector) -> Result<Self, PolicyError> {
        let name = path.display().to_string();
        Self::of(&name, (&text_of(path)?, labels), sector)
    }

    /// What a file says with labels, right or wrong.
    pub fn written_in(path: &Path, labels: &Labels) -> Result<ReleasePolicy, PolicyError> {
        let text = text_of(path)?;
        check_length(&path.display().to_string(), (&text, labels))?;
        Ok(written(&text, labels))
    }

    /// The same of a text that is told of by a name.
    pub fn of(
        name: &str,
        (text, labels): (&str, Labels),
        sector: &Sector,
    ) -> Result<Self, PolicyError> {
        check_length(name, (text, &labels))?;
        let name = || name.to_owned();
        check_labels(&labels, sector)?;
        let policy = Self::parse(text, labels, sector)?
            .map_err(|faults| PolicyError::Faulty { name: name(), faults })?;
        let got = policy.agencies().len();
        if got > AGENCIES_MAX {
            return Err(PolicyError::TooMany { name: name(), got });
        }
        Ok(policy)
    }

    /// The same from a text; what is wrong with the policies is told apart from what is wrong with the engine.
    fn parse(
        text: &str,
        labels: Labels,
        sector: &Sector,
    ) -> Result<Result<Self, Vec<PolicyFault>>, PolicyError> {
        let policies = match parse_policyset(text) {
            Ok(policies) => policies,
            Err(errors) => {
                let faults = errors.iter().map(|error| PolicyFault::of(text, error)).collect();
                return Ok(Err(faults));
            }
        };
        let mut faults = misspelt(&policies, text)?;
        faults.extend(unknown_names(&policies, text, sector));
        for template in policies.templates() {
            let offset = template.loc().map_or(0, Loc::start);
            let problem = "a template gives nothing: name the agency and the thing".to_owned();
            faults.push(PolicyFault::at(text, offset, problem));
        }
        let known = Thing::all_of(sector);
        let mut terms = BTreeMap::new();
        for policy in policies.policies() {
            let mut told = Terms::default();
            for (name, annotation) in policy.annotations() {
                let taken = match policy.effect() {
                    Effect::Permit => told.annotate(name.as_ref(), annotation.val.as_str()),
                    Effect::Forbid => check_forbidding(name.as_ref(), annotation.val.as_str()),
                };
                let offset = annotation.loc.as_ref().map_or(0, Loc::start);
                if let Err(fault) = taken {
                    faults.push(PolicyFault::at(text, offset, fault.to_string()));
                }
                let stands_for = told.source.as_ref().filter(|_| name.as_ref() == "source");
                if stands_for.is_some_and(|source| known.iter().any(|one| one.name() == source)) {
                    let problem = "@source must not name anything of the sector".to_owned();
                    faults.push(PolicyFault::at(text, offset, problem));
                }
            }
            if policy.effect() == Effect::Permit {
                terms.insert(policy.id().clone(), told);
            }
        }
        if !faults.is_empty() {
            faults.sort_by_key(|fault| (fault.line, fault.column));
            return Ok(Err(faults));
        }
        let units = sector.units.iter();
        let agencies = units.map(|unit| (unit.id.0.clone(), unit.agency.clone())).collect();
        let written = written(text, &labels);
        Ok(Ok(Self { policies, terms, labels, agencies, written }))
    }

    /// As the record has it; by its SHA-256 one is told from another.
    pub fn written(&self) -> &ReleasePolicy {
        &self.written
    }

    /// On which terms an agency is given this kind of word of a thing at a time; `None` when it is not.
    pub fn terms(&self, agency: &str, thing: &Thing, kind: Kind, now: Timestamp) -> Option<Terms> {
        self.terms_of(agency, (thing, ""), kind, now)
    }

    /// The same of one object that a thing tells of and calls by a name.
    pub fn terms_of(
        &self,
        agency: &str,
        (thing, object): (&Thing, &str),
        kind: Kind,
        now: Timestamp,
    ) -> Option<Terms> {
        // A policy that permits everything was written before anybody could know of this message.
        if matches!(thing, Thing::Message(_)) && self.labels.of(thing).is_empty() {
            return None;
        }
        let response = self.judge(agency, (thing, object), kind)?;
        // A policy that cannot be judged by might have forbidden it.
        if response.decision != Decision::Allow || !response.diagnostics.errors.is_empty() {
            return None;
        }
        let permits = response.diagnostics.reason.iter().filter_map(|id| self.terms.get(id));
        let in_force = permits.filter(|terms| terms.holds_at(now)).cloned();
        in_force.reduce(|all, one| all.and(&one))
    }

    /// Everything that policies may tell apart: what the sector file names, what else policies and labels name, and of
    /// each type one that nobody names.
    pub fn things(&self, sector: &Sector) -> BTreeSet<Thing> {
        let mut things: BTreeSet<Thing> = Thing::all_of(sector).into_iter().collect();
        let named = entities_named(&self.policies).into_iter();
        let named = named.map(|(uid, _)| (uid.entity_type().to_string(), name_of(&uid)));
        let labelled = self.labels.0.keys().filter_map(|on| on.split_once("::"));
        let labelled = labelled.map(|(kind, name)| (kind.to_owned(), name.to_owned()));
        for (kind, name) in named.chain(labelled) {
            match kind.as_str() {
                "WeatherStation" => things.insert(Thing::WeatherStation(name)),
                "Device" => things.insert(Thing::Device(name)),
                "Message" => things.insert(Thing::Message(name)),
                _ => false,
            };
        }
        things.insert(Thing::WeatherStation(String::new()));
        things.insert(Thing::Device(String::new()));
        things
    }

    /// Whether one object that a thing tells of has labels of its own.
    pub(super) fn labels_object(&self, thing: &Thing, object: &str) -> bool {
        self.labels.of_object(thing, object).is_some()
    }

    /// Whether any object of a thing has.
    pub(super) fn labels_objects_of(&self, thing: &Thing) -> bool {
        let on = format!("{}/", thing.name());
        self.labels.objects().any(|object| object.starts_with(&on))
    }

    /// Objects that have labels of their own, with what tells of them.
    pub fn objects(&self, sector: &Sector) -> Vec<(Thing, String)> {
        let objects = self.labels.objects();
        objects.filter_map(|told| object_in(told, &Thing::all_of(sector))).collect()
    }

    /// Whether an agency that was given things by another policy at a time is given less of any at a later one by this.
    pub fn takes_back(
        &self,
        agency: &str,
        sector: &Sector,
        (before, then, now): (&Self, Timestamp, Timestamp),
    ) -> bool {
        let things = before.things(sector).into_iter();
        let each = things.flat_map(|thing| {
            let kinds = thing.kinds().iter();
            kinds.map(|kind| (thing.clone(), String::new(), *kind)).collect::<Vec<_>>()
        });
        let objects = before.objects(sector).into_iter().chain(self.objects(sector));
        let objects = objects.flat_map(|(thing, object)| {
            thing.kinds_of_objects().map(move |kind| (thing.clone(), object.clone(), kind))
        });
        each.chain(objects).any(|(thing, object, kind)| {
            let given = |by: &Self, at| by.terms_of(agency, (&thing, &object), kind, at);
            given(before, then)
                .is_some_and(|was| !given(self, now).is_some_and(|is| is.gives_all_of(&was)))
        })
    }

    /// Agencies that policies name.
    pub fn agencies(&self) -> Vec<String> {
        let named = entities_named(&self.policies).into_iter().filter_map(|(uid, _)| {
            (uid.entity_type().to_string() == "Agency").then(|| name_of(&uid))
        });
        let mut agencies: Vec<String> = named.collect();
        agencies.sort();
        agencies.dedup();
        agencies
    }

    /// When the next permit ends after a time.
    pub fn next_end(&self, now: Timestamp) -> Option<Timestamp> {
        self.terms.values().filter_map(|terms| terms.until).filter(|until| *until > now).min()
    }

    fn judge(
        &self,
        agency: &str,
        (thing, object): (&Thing, &str),
        kind: Kind,
    ) -> Option<cedar_policy_core::authorizer::Response> {
        let extensions = Extensions::none();
        let uid = |kind: &str, name: &str| EntityUID::with_eid_and_type(kind, name).ok();
        let resource = uid(thing.type_name(), thing.name())?;
        let mut labels = self.labels.of(thing);
        labels.extend(self.labels.of_object(thing, object).into_iter().flatten().cloned());
        let labels = RestrictedExpr::set(labels.into_iter().map(RestrictedExpr::val));
        let mut attributes = vec![("labels".into(), labels)];
        if let Thing::Unit(unit) = thing {
            let agency = self.agencies.get(&unit.0).cloned().unwrap_or_default();
            attributes.push(("agency".into(), RestrictedExpr::val(agency)));
        }
        let none = HashSet::new;
        let entity =
            Entity::new(resource.clone(), attributes, none(), none(), [], extensions).ok()?;
        let entities = Entities::from_entities(
            [entity],
            None::<&NoEntitiesSchema>,
            TCComputation::AssumeAlreadyComputed,
            extensions,
        )
        .ok()?;
        let kind = [("kind".into(), RestrictedExpr::val(kind.name()))];
        let context = Context::from_pairs(kind, extensions).ok()?;
        let principal = uid("Agency", agency)?;
        let action = uid("Action", SEE)?;
        let request = Request::new(
            (principal, None),
            (action, None),
            (resource, None),
            context,
            None::<&RequestSchemaAllPass>,
            extensions,
        );
        let request = request.unwrap_or_else(|never| match never {});
        Some(Authorizer::new().is_authorized(request, &self.policies, &entities))
    }
}

fn text_of(path: &Path) -> Result<String, PolicyError> {
    let unreadable = |source| PolicyError::Unreadable { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    // One more than may be, so that what is longer is told from what is not.
    file.take(POLICY_BYTES_MAX as u64 + 1).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}

fn check_length(name: &str, (text, labels): (&str, &Labels)) -> Result<(), PolicyError> {
    let got = text.len() + labels.bytes();
    if got > POLICY_BYTES_MAX {
        return Err(PolicyError::TooLong { name: name.to_owned(), got });
    }
    Ok(())
}

fn written(text: &str, labels: &Labels) -> ReleasePolicy {
    let sha256 = hex(&digest_of(text, labels));
    ReleasePolicy { sha256, text: text.to_owned(), labels: labels.0.clone() }
}

/// Types, attributes and actions that there are not.
fn misspelt(policies: &PolicySet, text: &str) -> Result<Vec<PolicyFault>, PolicyError> {
    let schema = ValidatorSchema::from_cedarschema_str(SCHEMA, Extensions::none());
    let schema = schema.map(|(schema, _)| schema);
    let schema = schema.map_err(|error| PolicyError::Engine(error.to_string()))?;
    let result = Validator::new(schema).validate(policies, ValidationMode::Strict);
    Ok(result.validation_errors().map(|error| PolicyFault::of(text, error)).collect())
}

/// Names that the sector file does not have: who mistypes one in a policy that forbids would forbid nothing.
fn unknown_names(policies: &PolicySet, text: &str, sector: &Sector) -> Vec<PolicyFault> {
    let known = Thing::all_of(sector);
    let mut faults = Vec::new();
    for (uid, offset) in entities_named(policies) {
        let kind = uid.entity_type().to_string();
        let name = name_of(&uid);
        let is_listed = ["Sensor", "Unit", "Ground"].contains(&kind.as_str());
        if is_listed && !known.iter().any(|one| one.type_name() == kind && one.name() == name) {
            let problem = format!("the sector has no {kind} called {name:?}");
            faults.push(PolicyFault::at(text, offset, problem));
        }
    }
    faults
}

/// Everything that policies name, and where in the text.
fn entities_named(policies: &PolicySet) -> Vec<(EntityUID, usize)> {
    let mut named = Vec::new();
    for policy in policies.policies() {
        let begins = policy.loc().map_or(0, Loc::start);
        for part in policy.condition().subexpressions() {
            if let ExprKind::Lit(Literal::EntityUID(uid)) = part.expr_kind() {
                let offset = part.source_loc().or(uid.loc()).map_or(begins, Loc::start);
                named.push((EntityUID::clone(uid), offset));
            }
        }
    }
    named
}

fn name_of(uid: &EntityUID) -> String {
    let name: &str = uid.eid().as_ref();
    name.to_owned()
}

/// A policy that forbids gives nothing and so has no terms; one that would end by itself would give something one day.
fn check_forbidding(name: &str, value: &str) -> Result<(), super::terms::TermFault> {
    match name {
        "id" | "note" => Ok(()),
        _ => Err(super::terms::TermFault::forbidding(name, value)),
    }
}

fn check_labels(labels: &Labels, sector: &Sector) -> Result<(), PolicyError> {
    const TYPES: [&str; 5] = ["Sensor", "Unit", "WeatherStation", "Device", "Ground"];
    let known = Thing::all_of(sector);
    let is_known = |on: &str| match on.split_once("::") {
        // Neither weather stations nor devices nor messages stand in a sector file.
        Some(("WeatherStation" | "Device" | "Message", name)) => !name.is_empty(),
        Some(("Object", told)) => object_in(told, &known).is_some(),
        Some((kind, name)) => known.iter().any(|one| one.type_name() == kind && one.name() == name),
        None => TYPES.contains(&on) || known.iter().any(|one| one.name() == on),
    };
    let unknown = labels.0.keys().find(|on| !is_known(on));
    unknown.map_or(Ok(()), |name| Err(PolicyError::Label { name: name.clone() }))
}

/// Which of the things that a sector file names tells of an object, and how it calls it.
fn object_in(told: &str, known: &[Thing]) -> Option<(Thing, String)> {
    let object = |thing: &Thing| {
        let object = told.strip_prefix(thing.name())?.strip_prefix('/')?;
        let tells = thing.kinds_of_objects().next().is_some() && !object.is_empty();
        tells.then(|| (thing.clone(), object.to_owned()))
    };
    known.iter().find_map(object)
}

fn digest_of(text: &str, labels: &Labels) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(text.len().to_le_bytes());
    digest.update(text);
    for (name, labels) in &labels.0 {
        for part in std::iter::once(name).chain(labels) {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
        digest.update([0]);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests;
