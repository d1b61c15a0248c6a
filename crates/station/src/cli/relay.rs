//! `watchline relay`: letters to a side that one does not speak to, by way of somebody between.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use watch::audit::Receiver;

use super::output::{Output, write_new};
use super::taking::{GivenAs, Taking};
use super::{Answer, Outcome};
use crate::record::note::{Signer, Verifier};
use crate::relay::{Draft, Letter, Opened, Purpose, Salt, standing};

/// Letters that somebody carries between sides that do not speak to each other.
///
/// Who carries a letter may leave fields of it out, and can change nothing and add nothing; what was left out stays
/// hidden. That a letter came, is not so, or is taken back travels the same way and cannot be left out. Each side makes a
/// key once and gives its public half to the others, who keep all they know in one file, a key a line.
#[derive(Debug, Subcommand)]
pub(crate) enum Relay {
    Key(Key),
    Write(Write),
    Pass(Pass),
    Open(Open),
    Answer(Reply),
}

/// Makes a key for letters: NAME.key, which is kept, and NAME.vkey, which is given away.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  watchline relay key --name north-command --out ./keys")]
pub(crate) struct Key {
    /// One word by which others know this side.
    #[arg(long)]
    name: String,
    /// The directory for both files.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Writes a letter.
///
/// Tell places and times as coarsely as will do, and never how something is known: the letter is for the other side, and
/// for whoever carries it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  watchline relay write --key keys/north-command.key --to south-command --hours 12 \\\n    \
    --field kind=people --field 'place=km 20 to 25' --field 'when=18:40' --out letter"
)]
pub(crate) struct Write {
    #[command(flatten)]
    draft: DraftArgs,
    /// Whom it is for, by the name of their key.
    #[arg(long, value_name = "NAME")]
    to: String,
}

/// What all that is written needs.
#[derive(Debug, Args)]
struct DraftArgs {
    /// The writer's key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// What it tells; may be given up to 32 times.
    #[arg(long = "field", value_name = "NAME=VALUE")]
    fields: Vec<String>,
    /// After how many hours it counts no more.
    #[arg(long, default_value_t = 24)]
    hours: u32,
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    station: OfStation,
}

/// The station whose people tell something, if it is one's.
#[derive(Debug, Default, Args)]
struct OfStation {
    /// The data directory whose record is told that a letter goes out, to whom, by whom and why; who is listed there is asked.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    taking: Taking,
}

/// Leaves fields out of a letter and puts one's own name under it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  watchline relay pass letter --key keys/red-crescent.key --without when --out carried"
)]
pub(crate) struct Pass {
    #[arg(value_name = "LETTER")]
    letter: PathBuf,
    /// The key of whoever carries it.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// A field to leave out; may be given again.
    #[arg(long, value_name = "NAME")]
    without: Vec<String>,
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    station: OfStation,
}

/// Reads a letter, and says who wrote it, who carried it and what has become of it. Exits with 1 when it counts no more.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  watchline relay open carried --keys known.vkeys --about answer"
)]
pub(crate) struct Open {
    #[arg(value_name = "LETTER")]
    letter: PathBuf,
    /// The public keys that one knows, a line each.
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    /// Another letter about this one; may be given again.
    #[arg(long, value_name = "LETTER")]
    about: Vec<PathBuf>,
    /// The time at which it is read, instead of now.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

/// Answers a letter, or takes back one's own.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  watchline relay answer carried --keys known.vkeys --with received --key keys/south-command.key --out answer"
)]
pub(crate) struct Reply {
    #[arg(value_name = "LETTER")]
    letter: PathBuf,
    /// The public keys that one knows, a line each.
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    /// What is said of it: received, contradiction, or recall by its writer.
    #[arg(long, value_enum)]
    with: Said,
    #[command(flatten)]
    draft: DraftArgs,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Said {
    Received,
    Contradiction,
    Recall,
}

/// A letter that was opened, as a machine reads it.
#[derive(Debug, Serialize)]
struct Told {
    from: String,
    to: String,
    purpose: &'static str,
    about: Option<String>,
    written_at: Timestamp,
    expires_at: Timestamp,
    carried_by: Vec<String>,
    fields: Vec<ToldField>,
    digest: String,
    standing: &'static str,
    standing_since: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct ToldField {
    name: String,
    value: String,
}

/// What was written where.
#[derive(Debug, Serialize)]
struct Written {
    out: PathBuf,
    bytes: usize,
}

impl Relay {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        match self {
            Self::Key(command) => command.run(out),
            Self::Write(command) => command.run(out),
            Self::Pass(command) => command.run(out),
            Self::Open(command) => command.run(out),
            Self::Answer(command) => command.run(out),
        }
    }
}

impl Key {
    fn run(self, out: &mut Output) -> Outcome {
        let signer = Signer::named(&self.name, chance()?).context("--name")?;
        let is_file_name = !self.name.contains(['/', '\\']) && !self.name.starts_with('.');
        anyhow::ensure!(is_file_name, "--name: must be a file's name too, got `{}`", self.name);
        let path = |ending| self.out.join(format!("{}.{ending}", self.name));
        let public = signer.verifier().to_text();
        write_new(&path("key"), 0o600, signer.to_text())?;
        write_new(&path("vkey"), 0o644, &public)?;
        let written = Written { out: path("vkey"), bytes: public.len() };
        out.answer(&written, |written| {
            format!("{} is for the others:\n{}", written.out.display(), public.trim_end())
        })?;
        Ok(Answer::Yes)
    }
}

impl Write {
    fn run(self, out: &mut Output) -> Outcome {
        let Self { draft, to } = self;
        draft.write((&to, Purpose::Report, None), out)
    }
}

impl DraftArgs {
    fn write(
        &self,
        (to, purpose, about): (&str, Purpose, Option<[u8; 32]>),
        out: &mut Output,
    ) -> Outcome {
        let by = signer(&self.key)?;
        let mut told = Vec::with_capacity(self.fields.len());
        for field in &self.fields {
            told.push(field.split_once('=').with_context(|| format!("--field {field}: no `=`"))?);
        }
        let lasts = SignedDuration::from_hours(i64::from(self.hours));
        let draft = Draft { to, purpose, about, at: Timestamp::now(), lasts };
        let letter = Letter::write(&by, draft, &told, chance)?;
        self.station.note(to, told.len())?;
        put(&letter, &self.out, out)
    }
}

impl OfStation {
    /// Notes for the record that a letter goes out, before it does.
    fn note(&self, to: &str, fields: usize) -> anyhow::Result<()> {
        let Some(data) = &self.data else { return Ok(()) };
        let Some(taken) = self.taking.checked(data)? else { return Ok(()) };
        taken.note(Receiver::Letter { to: to.to_owned() }, GivenAs::default(), fields as u64)
    }
}

impl Pass {
    fn run(self, out: &mut Output) -> Outcome {
        let letter = read(&self.letter)?.pass(&signer(&self.key)?, &self.without);
        let letter = letter.with_context(|| self.letter.display().to_string())?;
        self.station.note(letter.to(), letter.told())?;
        put(&letter, &self.out, out)
    }
}

impl Open {
    fn run(self, out: &mut Output) -> Outcome {
        let keys = verifiers(&self.keys)?;
        let letter = opened(&self.letter, &keys)?;
        let others: Vec<Opened> =
            self.about.iter().map(|path| opened(path, &keys)).collect::<Result<_, _>>()?;
        let stands = standing(&letter, &others, self.at.unwrap_or_else(Timestamp::now));
        let told = Told::of(letter, (stands.name(), stands.at()));
        let counts = stands.counts();
        out.answer(&told, Told::lines)?;
        Ok(if counts { Answer::Yes } else { Answer::No })
    }
}

impl Reply {
    fn run(self, out: &mut Output) -> Outcome {
        let letter = opened(&self.letter, &verifiers(&self.keys)?)?;
        let purpose = match self.with {
            Said::Received => Purpose::Received,
            Said::Contradiction => Purpose::Contradiction,
            Said::Recall => Purpose::Recall,
        };
        let own = signer(&self.draft.key)?.verifier().name().to_owned();
        let head = &letter.head;
        let (who, to) = match purpose {
            Purpose::Recall => (&head.from, &head.to),
            Purpose::Report | Purpose::Received | Purpose::Contradiction => (&head.to, &head.from),
        };
        let may = own == *who;
        anyhow::ensure!(may, "--with {}: is {who}'s to say, not {own}'s", purpose.name());
        self.draft.write((to, purpose, Some(letter.digest)), out)
    }
}

impl Told {
    fn of(letter: Opened, (standing, standing_since): (&'static str, Option<Timestamp>)) -> Self {
        let Opened { head, digest, fields, carried_by } = letter;
        let fields = fields
            .iter()
            .map(|field| ToldField { name: field.name().into(), value: field.value().into() });
        Self {
            from: head.from,
            to: head.to,
            purpose: head.purpose.name(),
            about: head.about.map(|about| BASE64.encode(about)),
            written_at: head.written_at,
            expires_at: head.expires_at,
            carried_by,
            fields: fields.collect(),
            digest: BASE64.encode(digest),
            standing,
            standing_since,
        }
    }

    fn lines(&self) -> String {
        let mut lines = vec![
            format!("{} from {} to {}", self.purpose, self.from, self.to),
            format!("written {}, counts until {}", self.written_at, self.expires_at),
        ];
        if !self.carried_by.is_empty() {
            lines.push(format!("carried by {}", self.carried_by.join(", ")));
        }
        lines.extend(self.fields.iter().map(|field| format!("  {}: {}", field.name, field.value)));
        lines.push("there may be fields that were left out".to_owned());
        let since = self.standing_since.map(|at| format!(" since {at}")).unwrap_or_default();
        lines.push(format!("{}{since}", self.standing));
        lines.join("\n")
    }
}

fn put(letter: &Letter, path: &Path, out: &mut Output) -> Outcome {
    let text = letter.to_text();
    write_new(path, 0o644, &text)?;
    let written = Written { out: path.to_owned(), bytes: text.len() };
    out.answer(&written, |w| format!("{} ({} bytes)", w.out.display(), w.bytes))?;
    Ok(Answer::Yes)
}

fn read(path: &Path) -> anyhow::Result<Letter> {
    let named = || path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(named)?;
    Letter::parse(&text).with_context(named)
}

fn opened(path: &Path, keys: &[Verifier]) -> anyhow::Result<Opened> {
    read(path)?.open(keys).with_context(|| path.display().to_string())
}

fn signer(path: &Path) -> anyhow::Result<Signer> {
    let named = || format!("--key {}", path.display());
    Signer::parse(&std::fs::read_to_string(path).with_context(named)?).with_context(named)
}

fn verifiers(path: &Path) -> anyhow::Result<Vec<Verifier>> {
    let named = || format!("--keys {}", path.display());
    let text = std::fs::read_to_string(path).with_context(named)?;
    let keys = text.lines().filter(|line| !line.trim().is_empty()).map(Verifier::parse);
    keys.collect::<Result<_, _>>().with_context(named)
}

/// 32 bytes that nobody can guess.
fn chance() -> anyhow::Result<Salt> {
    let mut salt = [0; 32];
    getrandom::fill(&mut salt).context("chance of the operating system")?;
    Ok(salt)
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::answered;
    use super::*;

    #[test]
    fn a_letter_goes_to_the_other_side_and_its_answer_comes_back() {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name);
        let mut known = String::new();
        for name in ["north", "south", "between"] {
            let key = Key { name: name.into(), out: home.path().to_owned() };
            answered(|out| Relay::Key(key).run(out)).unwrap();
            known += &std::fs::read_to_string(path(&format!("{name}.vkey"))).unwrap();
        }
        std::fs::write(path("known"), known).unwrap();
        let draft = |by: &str, fields: &[&str], out: &str| DraftArgs {
            key: path(&format!("{by}.key")),
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            hours: 12,
            out: path(out),
            station: OfStation::default(),
        };
        let pass = |letter: &str, without: &[&str], out: &str| Pass {
            letter: path(letter),
            key: path("between.key"),
            without: without.iter().map(|name| (*name).to_owned()).collect(),
            out: path(out),
            station: OfStation::default(),
        };
        let open = |letter: &str, about: &[&str], at| {
            let about = about.iter().map(|name| path(name)).collect();
            let open = Open { letter: path(letter), keys: path("known"), about, at };
            answered(|out| open.run(out)).unwrap()
        };
        let reply = |by: &str, with, out: &str| Reply {
            letter: path("carried"),
            keys: path("known"),
            with,
            draft: draft(by, &[], out),
        };

        let told = draft("north", &["place=km 20 to 25", "source=tower-4"], "letter");
        answered(|out| Write { draft: told, to: "south".into() }.run(out)).unwrap();
        answered(|out| pass("letter", &["source"], "carried").run(out)).unwrap();
        let (answer, told) = open("carried", &[], None);

        assert_eq!(answer, Answer::Yes);
        assert_eq!(
            told["fields"],
            serde_json::json!([{ "name": "place", "value": "km 20 to 25" }])
        );
        assert_eq!(told["carried_by"], serde_json::json!(["between"]));
        assert_eq!(told["standing"], "unanswered");

        answered(|out| reply("south", Said::Received, "answer").run(out)).unwrap();
        answered(|out| pass("answer", &[], "answer-carried").run(out)).unwrap();
        assert_eq!(open("letter", &["answer-carried"], None).1["standing"], "received");
        let none =
            &mut Output::to_writer(super::super::output::Voice::Machine, Box::new(std::io::sink()));
        let meddling = reply("between", Said::Contradiction, "false").run(none).unwrap_err();
        assert!(meddling.to_string().contains("south's to say"), "{meddling}");

        answered(|out| reply("north", Said::Recall, "recall").run(out)).unwrap();
        let (answer, told) = open("letter", &["answer-carried", "recall"], None);
        assert_eq!((answer, &told["standing"]), (Answer::No, &"recalled".into()));
        let later = Timestamp::now().checked_add(SignedDuration::from_hours(13)).ok();
        assert_eq!(open("carried", &[], later).1["standing"], "over");
    }
}
