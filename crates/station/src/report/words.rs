//! The words of reports: the page's own, and those of `strings/report.*.ftl`.

use clap::ValueEnum;
use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use jiff::Timestamp;
use sight::sector::Text;
use unic_langid::LanguageIdentifier;

/// A language of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    En,
    Ar,
}

impl Language {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ar => "ar",
        }
    }

    /// Which way it is written.
    pub(crate) fn direction(self) -> &'static str {
        match self {
            Self::En => "ltr",
            Self::Ar => "rtl",
        }
    }

    /// The page's words and the reports'.
    fn strings(self) -> [&'static str; 2] {
        match self {
            Self::En => [
                include_str!("../../../../web/src/strings/en.ftl"),
                include_str!("../../strings/report.en.ftl"),
            ],
            Self::Ar => [
                include_str!("../../../../web/src/strings/ar.ftl"),
                include_str!("../../strings/report.ar.ftl"),
            ],
        }
    }
}

/// Stands where there is nothing to say.
pub(super) const NONE: &str = "\u{2013}";

/// Says things in one language.
pub(crate) struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    pub(crate) fn of(language: Language) -> Self {
        let locale: LanguageIdentifier = language.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![locale]);
        for strings in language.strings() {
            // What can be read of a file with a fault is taken; a test reads all of them.
            let resource = FluentResource::try_new(strings.to_owned());
            bundle.add_resource_overriding(resource.unwrap_or_else(|(read, _faults)| read));
        }
        Self { language, bundle }
    }

    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// A word that takes nothing.
    pub(crate) fn word(&self, id: &str) -> String {
        self.with(id, &[])
    }

    /// A sentence with what belongs into it; what has no words is told by its name.
    pub(crate) fn with(&self, id: &str, values: &[(&'static str, String)]) -> String {
        let pattern = self.bundle.get_message(id).and_then(|message| message.value());
        let Some(pattern) = pattern else { return id.to_owned() };
        let args: FluentArgs<'_> =
            values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut faults = Vec::new();
        self.bundle.format_pattern(pattern, Some(&args), &mut faults).into_owned()
    }

    pub(crate) fn text(&self, text: &Text) -> String {
        match self.language {
            Language::En => text.en.clone(),
            Language::Ar => text.ar.clone(),
        }
    }

    pub(crate) fn percent(&self, share: Option<f64>) -> String {
        share.map_or_else(|| self.word("not-measured"), |share| format!("{:.1} %", share * 100.0))
    }

    pub(crate) fn time(at: Option<Timestamp>) -> String {
        at.map_or_else(|| NONE.to_owned(), |at| at.strftime("%H:%M:%S").to_string())
    }
}

/// A day and a time, without a word of any language.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// From a moment to another; a day that is the same is told once.
pub(super) fn moments(from: Timestamp, to: Timestamp) -> String {
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    let until = if day(from) == day(to) { to.strftime("%H:%M").to_string() } else { moment(to) };
    format!("{} \u{2013} {until}", moment(from))
}

/// A time span in hours, minutes and seconds.
pub(super) fn span(seconds: f64) -> String {
    let whole =
        jiff::SignedDuration::try_from_secs_f64(seconds.round().max(0.0)).unwrap_or_default();
    let (hours, rest) = (whole.as_hours(), whole.as_secs() % 3_600);
    format!("{hours}:{:02}:{:02}", rest / 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn ids(strings: &str) -> BTreeSet<&str> {
        let lines = strings.lines().filter(|line| !line.starts_with(['#', ' ']));
        lines.filter_map(|line| line.split_once(" =")).map(|(id, _)| id).collect()
    }

    #[test]
    fn both_languages_say_the_same_things_with_the_same_values() {
        let [en, ar] = [Language::En, Language::Ar].map(|language| language.strings()[1]);
        assert_eq!(ids(en), ids(ar));
        let shared = ids(Language::En.strings()[0]);
        let twice: Vec<_> = ids(en).intersection(&shared).copied().collect();
        assert!(twice.is_empty(), "the page has these too: {twice:?}");
        let values = |strings: &str| -> BTreeSet<(String, String)> {
            let mut found = BTreeSet::new();
            for line in strings.lines() {
                let Some((id, rest)) = line.split_once(" =") else { continue };
                for part in rest.split("{ $").skip(1) {
                    let name = part.split(" }").next().unwrap_or_default();
                    found.insert((id.to_owned(), name.to_owned()));
                }
            }
            found
        };
        assert_eq!(values(en), values(ar));
        for language in [Language::En, Language::Ar] {
            for strings in language.strings() {
                assert!(FluentResource::try_new(strings.to_owned()).is_ok(), "{language:?}");
            }
        }
    }

    #[test]
    fn figures_are_told_and_what_is_missing_is_said_to_be() {
        let words = Words::of(Language::En);
        assert_eq!(words.percent(Some(0.754)), "75.4 %");
        assert_eq!(words.percent(None), "not measured");
        assert_eq!(words.word("no-such-word"), "no-such-word");
        let [morning, noon, morrow] =
            ["2026-11-20T06:00:00Z", "2026-11-20T12:30:00Z", "2026-11-21T00:00:00Z"]
                .map(|text| text.parse().unwrap());
        assert_eq!(moments(morning, noon), "2026-11-20 06:00 \u{2013} 12:30");
        assert_eq!(moments(noon, morrow), "2026-11-20 12:30 \u{2013} 2026-11-21 00:00");
        assert_eq!((span(3_725.4), span(-1.0)), ("1:02:05".into(), "0:00:00".into()));
    }
}
