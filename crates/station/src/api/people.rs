//! `/api/people`, `/api/confirmations`, `/api/exports` and `/api/erasures`: who may do what, and what takes two.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use watch::audit::{GraveAct, Protection, Role, Standing};
use watch::journal::PersonId;
use watch::subject::{Subject, SubjectError};
use wire::text::clean;

use super::identity::read;
use super::machines::MachineView;
use super::problem::Problem;
use super::{Api, cameras, cap};
use crate::export::Format;
use crate::features::Collection;
use crate::identity::{Grave, Invitation, People, Promise, Proposed, Viewer};
use crate::record::keyring::day_of;
use crate::runtime::{Stays, check_erasable, of_date};

#[derive(Debug, Serialize)]
pub(super) struct PeopleView {
    people: Vec<PersonView>,
    invitations: Vec<InvitationView>,
    machines: Vec<MachineView>,
}

#[derive(Debug, Serialize)]
struct PersonView {
    name: String,
    agency: String,
    roles: Vec<&'static str>,
    since: String,
    revoked_at: Option<String>,
}

#[derive(Debug, Serialize)]
struct InvitationView {
    name: String,
    /// Whether it is for another password alone.
    password: bool,
    roles: Vec<&'static str>,
    until: String,
    waits_for: Option<u64>,
}

/// What was done, or what waits for a second person.
#[derive(Debug, Serialize)]
pub(super) struct DoneView {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_for: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct ConfirmationsView {
    confirmations: Vec<ConfirmationView>,
}

#[derive(Debug, Serialize)]
struct ConfirmationView {
    number: u64,
    by: String,
    reason: String,
    until: String,
    confirmed_by: Option<String>,
    #[serde(flatten)]
    act: ActView,
}

#[derive(Debug, Serialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
enum ActView {
    Grant { name: String, agency: String, roles: Vec<&'static str> },
    Revoke { name: String },
    NewPassword { name: String },
    Export { what: String, format: String },
    Erase { subject: String, day: Option<String> },
    Release { sha256: String, policy: String, labels: BTreeMap<String, BTreeSet<String>> },
    LetIn { name: String, agency: String, scope: String, credential: String, days: u16 },
    Protect(Protection),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InviteBody {
    name: String,
    agency: String,
    roles: BTreeSet<Role>,
    #[serde(default)]
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RolesBody {
    name: String,
    roles: BTreeSet<Role>,
    #[serde(default)]
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedBody {
    name: String,
    #[serde(default)]
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportBody {
    what: String,
    format: String,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ErasureBody {
    subject: String,
    day: Option<String>,
    reason: String,
}

/// Longest part of the name of a file that is asked for.
const FILE_CHARS_MAX: usize = 128;

type Answer<T> = Result<Json<T>, Problem>;

pub(super) async fn people(State(api): State<Arc<Api>>) -> Json<PeopleView> {
    Json(PeopleView::of(&api.warden.people()))
}

pub(super) async fn invite(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<DoneView> {
    let InviteBody { name, agency, roles, reason } = read(&headers, &body)?;
    let standing = Standing { name: PersonId(name), agency, roles };
    Ok(Json(api.warden.invite(&viewer, standing, reason).await?.into()))
}

pub(super) async fn roles(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<DoneView> {
    let RolesBody { name, roles, reason } = read(&headers, &body)?;
    let change = (PersonId(name), roles);
    Ok(Json(api.warden.change_roles(&viewer, change, reason).await?.into()))
}

pub(super) async fn password(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<DoneView> {
    let NamedBody { name, reason } = read(&headers, &body)?;
    Ok(Json(api.warden.forget_password(&viewer, PersonId(name), reason).await?.into()))
}

pub(super) async fn revoke(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<DoneView> {
    let NamedBody { name, reason } = read(&headers, &body)?;
    Ok(Json(api.warden.revoke(&viewer, PersonId(name), reason).await?.into()))
}

/// What waits for this person, and what this person waits for.
pub(super) async fn confirmations(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
) -> Json<ConfirmationsView> {
    let people = api.warden.people();
    let now = api.warden.now();
    let waiting = people.graves.iter().filter(|grave| now < grave.until && grave.concerns(&viewer));
    let confirmations = waiting.map(|grave| ConfirmationView {
        number: grave.number,
        by: grave.by.0.clone(),
        reason: grave.reason.clone(),
        until: grave.until.to_string(),
        confirmed_by: grave.confirmed_by.as_ref().map(|by| by.0.clone()),
        act: ActView::of(grave),
    });
    Json(ConfirmationsView { confirmations: confirmations.collect() })
}

pub(super) async fn confirm(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    Path(number): Path<u64>,
) -> Result<StatusCode, Problem> {
    api.warden.confirm(&viewer, number).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn decline(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    Path(number): Path<u64>,
) -> Result<StatusCode, Problem> {
    api.warden.decline(&viewer, number).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks a second person for a file of what is about people.
pub(super) async fn propose_export(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<DoneView> {
    let ExportBody { what, format, reason } = read(&headers, &body)?;
    let asked = (what, format);
    check_file(&asked.0, &asked.1)?;
    Ok(Json(api.warden.propose_export(&viewer, asked, reason).await?.into()))
}

/// Whether there are such files that take two: a collection in a form, the message about an alert, or a recording.
fn check_file(what: &str, format: &str) -> Result<(), Problem> {
    let form = |known: bool| {
        known.then_some(()).ok_or_else(|| {
            let detail = format!("is no form of a file of {what:?}: {format:?}");
            Problem::bad_request("format-unknown", "format", detail)
        })
    };
    if Collection::by_name(what).is_some_and(Collection::is_about_people) {
        return form(Format::by_name(format).is_some());
    }
    let parts: Vec<&str> = what.split('/').collect();
    match parts[..] {
        ["alerts", id] if id.parse::<u64>().is_ok() => form(format == cap::FORMAT),
        ["recordings", sensor, name]
            if [sensor, name].iter().all(|part| clean(part, FILE_CHARS_MAX) == **part) =>
        {
            form(format == cameras::FORMAT)
        }
        _ => {
            let detail = format!(
                "must be a collection of what is about people, `alerts/NUMBER` or `recordings/SENSOR/NAME`, got {what:?}"
            );
            Err(Problem::bad_request("what-unknown", "what", detail))
        }
    }
}

/// Asks a second person that what is kept of somebody or something is erased.
pub(super) async fn propose_erasure(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<DoneView> {
    let ErasureBody { subject, day, reason } = read(&headers, &body)?;
    let subject: Subject = subject.parse().map_err(|error: SubjectError| {
        Problem::bad_request("subject-wrong", "subject", error.to_string())
    })?;
    let day = day.map(|day| {
        day.parse::<Date>().map_err(|_wrong| {
            let detail = format!("must be a date such as 2026-11-20, got {day:?}");
            Problem::bad_request("day-wrong", "day", detail)
        })
    });
    let day = day.transpose()?;
    let today = day_of(api.warden.now());
    check_erasable(&subject, day.and_then(of_date), today).map_err(|stays| {
        let code = match stays {
            Stays::ForGood(_) => "stays-for-good",
            Stays::Yet { .. } => "stays-yet",
        };
        Problem::bad_request(code, "subject", stays.to_string())
    })?;
    Ok(Json(api.warden.propose_erasure(&viewer, (subject, day), reason).await?.into()))
}

fn names(roles: &BTreeSet<Role>) -> Vec<&'static str> {
    roles.iter().map(|role| role.name()).collect()
}

impl PeopleView {
    fn of(people: &People) -> Self {
        let persons = people.people.iter().map(|person| PersonView {
            name: person.standing.name.0.clone(),
            agency: person.standing.agency.clone(),
            roles: names(&person.standing.roles),
            since: person.since.to_string(),
            revoked_at: person.revoked_at.map(|at| at.to_string()),
        });
        Self {
            people: persons.collect(),
            invitations: people.invitations.iter().filter_map(InvitationView::of).collect(),
            machines: people.machines.iter().map(MachineView::of).collect(),
        }
    }
}

impl InvitationView {
    fn of(invitation: &Invitation) -> Option<Self> {
        let (name, password, roles) = match &invitation.promise {
            Promise::First => return None,
            Promise::Person(standing) => (&standing.name, false, names(&standing.roles)),
            Promise::Password(name) => (name, true, Vec::new()),
        };
        let (until, waits_for) = (invitation.until.to_string(), invitation.waits_for);
        Some(Self { name: name.0.clone(), password, roles, until, waits_for })
    }
}

impl ActView {
    fn of(grave: &Grave) -> Self {
        match &grave.act {
            GraveAct::Grant(standing) => Self::Grant {
                name: standing.name.0.clone(),
                agency: standing.agency.clone(),
                roles: names(&standing.roles),
            },
            GraveAct::Revoke { name } => Self::Revoke { name: name.0.clone() },
            GraveAct::NewPassword { name } => Self::NewPassword { name: name.0.clone() },
            GraveAct::Export { what, format } => {
                Self::Export { what: what.clone(), format: format.clone() }
            }
            GraveAct::Erase { class, day } => Self::Erase {
                subject: grave
                    .about
                    .as_ref()
                    .map_or_else(|| class.name().to_owned(), Subject::to_string),
                day: day.map(|day| day.to_string()),
            },
            GraveAct::Release(policy) => Self::Release {
                sha256: policy.sha256.clone(),
                policy: policy.text.clone(),
                labels: policy.labels.clone(),
            },
            GraveAct::Protect(protection) => Self::Protect(protection.clone()),
            GraveAct::LetIn { name, agency, scope, credential, days } => Self::LetIn {
                name: name.clone(),
                agency: agency.clone(),
                scope: scope.clone(),
                credential: credential.clone(),
                days: *days,
            },
        }
    }
}

impl From<Proposed> for DoneView {
    fn from(proposed: Proposed) -> Self {
        let status = if proposed.waits_for.is_some() { "waits" } else { "done" };
        let (code, until) = match proposed.code {
            Some(code) => (Some(code.code), Some(code.until.to_string())),
            None => (None, None),
        };
        Self { status, waits_for: proposed.waits_for, code, until }
    }
}
