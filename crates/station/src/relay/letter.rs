//! One letter: a signed note (C2SP signed-note) over its head, and below it the fields that were not left out.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::field::{Field, FieldFault, Salt};
use crate::record::note::{self, NoteFault, Signer, Verifier};

const TITLE: &str = "watchline relay 1";
/// Longest letter that is read.
const LETTER_BYTES_MAX: usize = 64 * 1024;
/// Fields that one letter may tell.
const FIELDS_MAX: usize = 32;
/// There are as many commitments as the next multiple of this, so that they tell little of how many fields there are.
const COMMITMENTS_STEP: usize = 8;
/// A letter ends at most so long after it was written.
const LIFE_MAX: SignedDuration = SignedDuration::from_hours(24 * 90);

/// What a letter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// It tells something.
    Report,
    /// The letter that it is about has come.
    Received,
    /// What the letter that it is about says is not so.
    Contradiction,
    /// Its writer takes back the letter that it is about.
    Recall,
}

impl Purpose {
    pub(crate) const ALL: [Self; 4] =
        [Self::Report, Self::Received, Self::Contradiction, Self::Recall];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Received => "received",
            Self::Contradiction => "contradiction",
            Self::Recall => "recall",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }
}

/// What of a letter nobody on its way can leave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// Its writer and whom it is for, by the names of their keys.
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) purpose: Purpose,
    /// The letter that it is about.
    pub(crate) about: Option<[u8; 32]>,
    pub(crate) written_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// What is to be written, and to whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draft<'a> {
    pub(crate) to: &'a str,
    pub(crate) purpose: Purpose,
    pub(crate) about: Option<[u8; 32]>,
    pub(crate) at: Timestamp,
    pub(crate) lasts: SignedDuration,
}

/// A letter as it is carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    /// What was signed, with its last line's end.
    text: String,
    signatures: String,
    head: Head,
    commitments: BTreeSet<[u8; 32]>,
    fields: Vec<Field>,
}

/// A letter whose writer is known and whose fields are as they wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) head: Head,
    /// By which other letters are about it.
    pub(crate) digest: [u8; 32],
    pub(crate) fields: Vec<Field>,
    /// Others who signed it on its way, of those whose keys are known.
    pub(crate) carried_by: Vec<String>,
}

/// Why a letter is not believed, or cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LetterFault {
    #[error("a letter must have at most {LETTER_BYTES_MAX} bytes, got {0}")]
    TooLong(usize),
    #[error("a letter tells at most {FIELDS_MAX} fields, got {0}")]
    TooManyFields(usize),
    #[error("{0}")]
    Form(&'static str),
    #[error(transparent)]
    Field(#[from] FieldFault),
    #[error("field {0} is told twice")]
    Twice(String),
    #[error("field {0} is not what the writer signed: it was changed or added on the way")]
    Foreign(String),
    #[error("no field is called {0}")]
    NoField(String),
    #[error("to: must be one word, got `{}`", .0.escape_debug())]
    To(String),
    #[error("a letter lasts from a minute to 90 days, got {0:#}")]
    Lasts(SignedDuration),
    #[error(transparent)]
    Note(#[from] NoteFault),
}

impl Head {
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }
}

impl Letter {
    /// Whom it is for.
    pub(crate) fn to(&self) -> &str {
        &self.head.to
    }

    /// How many fields it tells.
    pub(crate) fn told(&self) -> usize {
        self.fields.len()
    }

    /// Writes and signs a letter. `chance` gives 32 bytes that nobody can guess, each time others.
    pub(crate) fn write<E: From<LetterFault>>(
        by: &Signer,
        draft: Draft<'_>,
        told: &[(&str, &str)],
        mut chance: impl FnMut() -> Result<Salt, E>,
    ) -> Result<Self, E> {
        let head = draft.head(by)?;
        if told.len() > FIELDS_MAX {
            return Err(LetterFault::TooManyFields(told.len()).into());
        }
        let mut fields = Vec::with_capacity(told.len());
        for (name, value) in told {
            fields.push(Field::new(name, value, chance()?).map_err(LetterFault::from)?);
        }
        let mut commitments: BTreeSet<_> = fields.iter().map(Field::commitment).collect();
        // One at least is of nothing, so that no letter tells that all of it is there.
        let padded = (fields.len() / COMMITMENTS_STEP + 1) * COMMITMENTS_STEP;
        while commitments.len() < padded {
            commitments.insert(chance()?);
        }
        let text = head.to_text(&commitments);
        let signatures = by.sign_text(&text);
        let letter = Self { text, signatures, head, commitments, fields };
        letter.check_fields()?;
        Ok(letter)
    }

    /// Reads what [`Letter::to_text`] wrote; who signed it is another question.
    pub(crate) fn parse(text: &str) -> Result<Self, LetterFault> {
        if text.len() > LETTER_BYTES_MAX {
            return Err(LetterFault::TooLong(text.len()));
        }
        let no_end = LetterFault::Form("no empty line after its head");
        let (head, rest) = text.split_once("\n\n").ok_or(no_end)?;
        let signed = format!("{head}\n");
        let (head, commitments) = Head::parse(&signed)?;
        let (mut signatures, mut fields) = (String::new(), Vec::new());
        for line in rest.lines() {
            if fields.is_empty() && note::is_signature(line) {
                signatures.push_str(line);
                signatures.push('\n');
            } else {
                fields.push(Field::parse(line)?);
            }
            if fields.len() > FIELDS_MAX {
                return Err(LetterFault::TooManyFields(fields.len()));
            }
        }
        let letter = Self { text: signed, signatures, head, commitments, fields };
        letter.check_fields()?;
        Ok(letter)
    }

    pub(crate) fn to_text(&self) -> String {
        let fields: String = self.fields.iter().map(Field::to_line).collect();
        format!("{}\n{}{fields}", self.text, self.signatures)
    }

    /// Leaves fields out and signs that it was carried; what the writer signed stays.
    pub(crate) fn pass(mut self, by: &Signer, without: &[String]) -> Result<Self, LetterFault> {
        for name in without {
            let before = self.fields.len();
            self.fields.retain(|field| field.name() != name);
            if self.fields.len() == before {
                return Err(LetterFault::NoField(name.clone()));
            }
        }
        self.signatures.push_str(&by.sign_text(&self.text));
        Ok(self)
    }

    /// Holds a letter against the keys of those who write and carry: its writer's must be among them.
    pub(crate) fn open(&self, keys: &[Verifier]) -> Result<Opened, LetterFault> {
        let writer = keys.iter().find(|key| key.name() == self.head.from);
        let unsigned = || NoteFault::Unsigned(self.head.from.clone());
        writer.ok_or_else(unsigned)?.check_text(&self.text, &self.signatures)?;
        let mut carried_by = Vec::new();
        for key in keys.iter().filter(|key| key.name() != self.head.from) {
            match key.check_text(&self.text, &self.signatures) {
                Ok(()) => carried_by.push(key.name().to_owned()),
                Err(NoteFault::Unsigned(_)) => (),
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok(Opened {
            head: self.head.clone(),
            digest: Sha256::digest(&self.text).into(),
            fields: self.fields.clone(),
            carried_by,
        })
    }

    /// Each field is one that was committed to, and told once.
    fn check_fields(&self) -> Result<(), LetterFault> {
        let mut names = BTreeSet::new();
        for field in &self.fields {
            if !names.insert(field.name()) {
                return Err(LetterFault::Twice(field.name().to_owned()));
            }
            if !self.commitments.contains(&field.commitment()) {
                return Err(LetterFault::Foreign(field.name().to_owned()));
            }
        }
        Ok(())
    }
}

impl Draft<'_> {
    fn head(&self, by: &Signer) -> Result<Head, LetterFault> {
        let is_word = !self.to.is_empty() && self.to.len() <= 80;
        if !is_word || self.to.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(LetterFault::To(self.to.chars().take(80).collect()));
        }
        if self.lasts < SignedDuration::from_mins(1) || self.lasts > LIFE_MAX {
            return Err(LetterFault::Lasts(self.lasts));
        }
        if (self.purpose == Purpose::Report) == self.about.is_some() {
            return Err(LetterFault::Form("a report is about no letter, all else about one"));
        }
        // To the minute: when exactly somebody acted is nobody else's business.
        let written_at = minute(self.at);
        let expires_at = minute(written_at.checked_add(self.lasts).unwrap_or(Timestamp::MAX));
        let (from, to) = (by.verifier().name().to_owned(), self.to.to_owned());
        Ok(Head { from, to, purpose: self.purpose, about: self.about, written_at, expires_at })
    }
}

fn minute(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(60) * 60).unwrap_or(at)
}

impl Head {
    fn to_text(&self, commitments: &BTreeSet<[u8; 32]>) -> String {
        let Self { from, to, purpose, about, written_at, expires_at } = self;
        let mut lines = vec![
            TITLE.to_owned(),
            format!("from {from}"),
            format!("to {to}"),
            format!("purpose {}", purpose.name()),
        ];
        lines.extend(about.map(|about| format!("about {}", BASE64.encode(about))));
        lines.extend([format!("written {written_at}"), format!("expires {expires_at}")]);
        lines.extend(commitments.iter().map(|hash| format!("committed {}", BASE64.encode(hash))));
        lines.join("\n") + "\n"
    }

    /// Reads a head; whatever would not be written again in the same bytes is none.
    fn parse(text: &str) -> Result<(Self, BTreeSet<[u8; 32]>), LetterFault> {
        let form = LetterFault::Form;
        let mut lines = text.lines();
        if lines.next() != Some(TITLE) {
            return Err(form("its first line is not `watchline relay 1`"));
        }
        let mut rest = lines.peekable();
        let mut line = |word: &str| {
            let told = rest.peek()?.strip_prefix(word)?.strip_prefix(' ')?;
            rest.next();
            Some(told)
        };
        let from = line("from").ok_or(form("no line `from`"))?.to_owned();
        let to = line("to").ok_or(form("no line `to`"))?.to_owned();
        let purpose = line("purpose").and_then(Purpose::parse).ok_or(form("no line `purpose`"))?;
        let about = match line("about") {
            None => None,
            Some(about) => Some(hash(about).ok_or(form("line `about` is no hash"))?),
        };
        let mut time = |word| line(word).and_then(|time| time.parse::<Timestamp>().ok());
        let written_at = time("written").ok_or(form("no time in line `written`"))?;
        let expires_at = time("expires").ok_or(form("no time in line `expires`"))?;
        let mut commitments = BTreeSet::new();
        while let Some(committed) = line("committed") {
            commitments.insert(hash(committed).ok_or(form("a line `committed` is no hash"))?);
        }
        let head = Self { from, to, purpose, about, written_at, expires_at };
        if head.to_text(&commitments) != text {
            return Err(form("its head is not as letters are written"));
        }
        Ok((head, commitments))
    }
}

fn hash(text: &str) -> Option<[u8; 32]> {
    BASE64.decode(text).ok()?.try_into().ok()
}
