//! Reads a TOML table field by field and collects every fault instead of stopping at the first.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Fault, Text};
use crate::geo::Wgs84;

/// Longest value that a fault repeats.
const VALUE_SHOWN_MAX: usize = 60;

/// The faults found so far in one file.
pub(super) struct Faults<'s> {
    file: &'s str,
    source: &'s str,
    list: RefCell<Vec<Fault>>,
}

impl<'s> Faults<'s> {
    pub(super) fn new(file: &'s str, source: &'s str) -> Self {
        Self { file, source, list: RefCell::default() }
    }

    pub(super) fn into_list(self) -> Vec<Fault> {
        self.list.into_inner()
    }

    /// Notes a fault at a field of this file.
    pub(super) fn push(&self, field: String, span: Option<Range<usize>>, problem: String) {
        let line = span
            .as_ref()
            .and_then(|span| self.source.get(..span.start))
            .map(|before| before.matches('\n').count() + 1);
        let value = span.and_then(|span| self.source.get(span)).map_or_else(String::new, shown);
        self.list.borrow_mut().push(Fault {
            file: self.file.to_owned(),
            line,
            field,
            value,
            problem,
        });
    }

    /// Takes over faults of another file.
    pub(super) fn adopt(&self, faults: Vec<Fault>) {
        self.list.borrow_mut().extend(faults);
    }
}

/// One line, not too long, of a value as written.
fn shown(written: &str) -> String {
    let flat = written.split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(VALUE_SHOWN_MAX) {
        Some((end, _)) => format!("{}...", flat.get(..end).unwrap_or_default()),
        None => flat,
    }
}

/// A table being read. When dropped it reports the fields that nobody asked for.
pub(super) struct Fields<'a, 's> {
    faults: &'a Faults<'s>,
    path: String,
    table: &'a DeTable<'s>,
    span: Range<usize>,
    asked: BTreeSet<&'static str>,
}

impl<'a, 's> Fields<'a, 's> {
    pub(super) fn new(
        faults: &'a Faults<'s>,
        path: String,
        table: &'a DeTable<'s>,
        span: Range<usize>,
    ) -> Self {
        Self { faults, path, table, span, asked: BTreeSet::new() }
    }

    /// The full path of a field of this table.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Notes a fault at one of this table's fields.
    pub(super) fn fault(&self, key: &str, problem: impl Into<String>) {
        let span = self.table.get(key).map(Spanned::span);
        self.faults.push(self.path_of(key), span, problem.into());
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    fn ask(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'s>>> {
        self.asked.insert(key);
        self.table.get(key)
    }

    /// Names a field that is known but not read, so that a fault lists it.
    pub(super) fn mention(&mut self, key: &'static str) {
        self.asked.insert(key);
    }

    fn require(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'s>>> {
        let found = self.ask(key);
        if found.is_none() {
            let line_start = self.span.start..self.span.start;
            self.faults.push(self.path_of(key), Some(line_start), "is missing: add it".to_owned());
        }
        found
    }

    /// A number within a range, ends included.
    pub(super) fn number(&mut self, key: &'static str, range: RangeInclusive<f64>) -> Option<f64> {
        let found = self.require(key)?;
        self.number_in(key, found, range)
    }

    /// The same, or a default when the field is absent; a fault keeps the default too.
    pub(super) fn number_or(
        &mut self,
        key: &'static str,
        range: RangeInclusive<f64>,
        default: f64,
    ) -> f64 {
        let found = self.ask(key);
        found.and_then(|found| self.number_in(key, found, range)).unwrap_or(default)
    }

    fn number_in(
        &self,
        key: &str,
        found: &Spanned<DeValue<'s>>,
        range: RangeInclusive<f64>,
    ) -> Option<f64> {
        let number = as_number(found.get_ref()).filter(|number| range.contains(number));
        if number.is_none() {
            let (low, high) = range.into_inner();
            self.fault(key, format!("must be a number from {low} to {high}"));
        }
        number
    }

    /// A whole number within a range.
    pub(super) fn whole(&mut self, key: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        let found = self.require(key)?;
        self.whole_in(key, found, range)
    }

    /// A whole number within a range, or a default.
    pub(super) fn whole_or(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u64>,
        default: u64,
    ) -> u64 {
        let found = self.ask(key);
        found.and_then(|found| self.whole_in(key, found, range)).unwrap_or(default)
    }

    fn whole_in(
        &self,
        key: &str,
        found: &Spanned<DeValue<'s>>,
        range: RangeInclusive<u64>,
    ) -> Option<u64> {
        let number = found.get_ref().as_integer().and_then(|digits| {
            u64::from_str_radix(digits.as_str(), digits.radix()).ok().filter(|n| range.contains(n))
        });
        if number.is_none() {
            let (low, high) = range.into_inner();
            self.fault(key, format!("must be a whole number from {low} to {high}"));
        }
        number
    }

    /// Two numbers within a range, the first not above the second, or a default.
    pub(super) fn interval_or(
        &mut self,
        key: &'static str,
        range: RangeInclusive<f64>,
        default: [f64; 2],
    ) -> [f64; 2] {
        let Some(found) = self.ask(key) else { return default };
        let pair = numbers::<2>(found.get_ref())
            .filter(|[low, high]| range.contains(low) && range.contains(high) && low <= high);
        pair.unwrap_or_else(|| {
            let (low, high) = range.into_inner();
            self.fault(key, format!("must be [low, high] between {low} and {high}"));
            default
        })
    }

    /// A list of pairs of numbers within a range; none when it is absent.
    pub(super) fn pairs_or_none(
        &mut self,
        key: &'static str,
        range: RangeInclusive<f64>,
    ) -> Vec<[f64; 2]> {
        let Some(found) = self.ask(key) else { return Vec::new() };
        let pair = |item: &Spanned<DeValue<'s>>| {
            numbers::<2>(item.get_ref()).filter(|pair| pair.iter().all(|n| range.contains(n)))
        };
        let pairs = found.get_ref().as_array().and_then(|list| list.iter().map(pair).collect());
        pairs.unwrap_or_else(|| {
            let (low, high) = range.clone().into_inner();
            self.fault(key, format!("must be a list of [from, to] between {low} and {high}"));
            Vec::new()
        })
    }

    /// A text that is not empty and holds no control characters.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        let found = self.require(key)?;
        let text = found.get_ref().as_str().filter(|text| is_plain(text));
        if text.is_none() {
            self.fault(key, "must be a text of 1 to 500 characters on one line");
        }
        text.map(str::to_owned)
    }

    /// A name for machines: letters, digits and hyphens.
    pub(super) fn slug(&mut self, key: &'static str) -> Option<String> {
        let slug = self.text(key)?;
        let plain = slug.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !plain || slug.len() > 64 {
            self.fault(key, "must be 1 to 64 letters a-z, digits, '-' or '_'");
            return None;
        }
        Some(slug)
    }

    /// A lower-case UUID, as the SAPIENT door wants node ids.
    pub(super) fn uuid(&mut self, key: &'static str) -> Option<String> {
        let text = self.text(key)?;
        if !is_uuid(&text) {
            self.fault(key, "must be a UUID in lower case, 8-4-4-4-12 hexadecimal digits");
            return None;
        }
        Some(text)
    }

    /// Words in English and Arabic.
    pub(super) fn words(&mut self, key: &'static str) -> Option<Text> {
        self.table(key)?.text_pair()
    }

    /// This whole table as words in English and Arabic.
    pub(super) fn text_pair(mut self) -> Option<Text> {
        let (en, ar) = (self.text("en"), self.text("ar"));
        Some(Text { en: en?, ar: ar? })
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let found = self.require(key)?;
        let word = found.get_ref().as_str();
        let chosen = choices.iter().find(|(name, _)| Some(*name) == word);
        if chosen.is_none() {
            let names = choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            self.fault(key, format!("must be one of: {names}"));
        }
        chosen.map(|(_, value)| *value)
    }

    /// One of a few words, or a default.
    pub(super) fn choice_or<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&str, T)],
        default: T,
    ) -> T {
        if self.has(key) {
            return self.choice(key, choices).unwrap_or(default);
        }
        self.mention(key);
        default
    }

    /// A place written `[longitude, latitude]` in degrees.
    pub(super) fn place(&mut self, key: &'static str) -> Option<Wgs84> {
        let found = self.require(key)?;
        match place_of(found.get_ref()) {
            Ok(place) => Some(place),
            Err(problem) => {
                self.fault(key, problem);
                None
            }
        }
    }

    /// A list of places.
    pub(super) fn places(&mut self, key: &'static str) -> Option<Vec<Wgs84>> {
        let list = self.list(key)?;
        let mut places = Vec::with_capacity(list.len());
        for (index, item) in list.iter().enumerate() {
            match place_of(item.get_ref()) {
                Ok(place) => places.push(place),
                Err(problem) => {
                    let path = format!("{}[{index}]", self.path_of(key));
                    self.faults.push(path, Some(item.span()), problem);
                }
            }
        }
        (places.len() == list.len()).then_some(places)
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        let list = self.list(key)?;
        let texts: Vec<_> = list
            .iter()
            .filter_map(|item| item.get_ref().as_str().filter(|text| is_plain(text)))
            .map(str::to_owned)
            .collect();
        if texts.len() != list.len() || texts.is_empty() {
            self.fault(key, "must be a list of one or more texts");
            return None;
        }
        Some(texts)
    }

    fn list(&mut self, key: &'static str) -> Option<Vec<&'a Spanned<DeValue<'s>>>> {
        let found = self.require(key)?;
        let list = found.get_ref().as_array().map(|array| array.iter().collect());
        if list.is_none() {
            self.fault(key, "must be a list in brackets");
        }
        list
    }

    /// A table that must be there.
    pub(super) fn table(&mut self, key: &'static str) -> Option<Fields<'a, 's>> {
        let found = self.require(key)?;
        self.as_fields(key, found)
    }

    /// A table that may be absent.
    pub(super) fn table_if_any(&mut self, key: &'static str) -> Option<Fields<'a, 's>> {
        let found = self.ask(key)?;
        self.as_fields(key, found)
    }

    fn as_fields(&self, key: &str, found: &'a Spanned<DeValue<'s>>) -> Option<Fields<'a, 's>> {
        let table = found.get_ref().as_table();
        if table.is_none() {
            self.fault(key, "must be a table");
        }
        Some(Fields::new(self.faults, self.path_of(key), table?, found.span()))
    }

    /// The tables of a list written `[[key]]`; none when it is absent.
    pub(super) fn tables(&mut self, key: &'static str) -> Vec<Fields<'a, 's>> {
        let Some(found) = self.ask(key) else { return Vec::new() };
        let Some(array) = found.get_ref().as_array() else {
            self.fault(key, format!("must be a list of tables written [[{key}]]"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (index, item) in array.iter().enumerate() {
            let path = format!("{}[{index}]", self.path_of(key));
            match item.get_ref().as_table() {
                Some(table) => tables.push(Fields::new(self.faults, path, table, item.span())),
                None => self.faults.push(path, Some(item.span()), "must be a table".to_owned()),
            }
        }
        tables
    }
}

impl Drop for Fields<'_, '_> {
    fn drop(&mut self) {
        for (key, value) in self.table {
            let name = key.get_ref().as_ref();
            if !self.asked.contains(name) {
                let known = self.asked.iter().copied().collect::<Vec<_>>().join(", ");
                let problem = format!("is not a field of this table: it has {known}");
                self.faults.push(self.path_of(name), Some(value.span()), problem);
            }
        }
    }
}

fn as_number(value: &DeValue<'_>) -> Option<f64> {
    let written = match (value.as_float(), value.as_integer()) {
        (Some(float), _) => float.as_str(),
        (None, Some(integer)) if integer.radix() == 10 => integer.as_str(),
        _ => return None,
    };
    written.parse().ok()
}

fn numbers<const N: usize>(value: &DeValue<'_>) -> Option<[f64; N]> {
    let list = value.as_array()?;
    let numbers: Vec<f64> = list.iter().filter_map(|item| as_number(item.get_ref())).collect();
    if list.len() == N { numbers.try_into().ok() } else { None }
}

fn place_of(value: &DeValue<'_>) -> Result<Wgs84, String> {
    let [lon_deg, lat_deg] =
        numbers::<2>(value).ok_or_else(|| "must be [longitude, latitude] in degrees".to_owned())?;
    Wgs84::new(lon_deg, lat_deg).map_err(|error| error.to_string())
}

fn is_plain(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= 500 && !text.chars().any(char::is_control)
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && text.chars().all(|c| matches!(c, '-' | '0'..='9' | 'a'..='f'))
}
