//! `[doors.nmea]`: satellite receivers of patrols.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::Deserialize;

use super::check;
use super::radars::Datagrams;
use crate::ingest::door::DoorLimits;
use crate::ingest::limits;
use crate::ingest::receivers::Sender;
use crate::runtime::NmeaConfig;

const DOOR: &str = "doors.nmea";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNmea {
    listen: Option<SocketAddr>,
    messages_per_s: Option<f64>,
    position_step_s: Option<f64>,
    /// Units of the sector by who sends datagrams.
    #[serde(default)]
    units: BTreeMap<String, String>,
    /// The same of receivers to connect to.
    #[serde(default)]
    connect: BTreeMap<SocketAddr, String>,
}

impl RawNmea {
    pub(super) fn resolve(self) -> Result<Option<NmeaConfig>, String> {
        if self.listen.is_none() && !self.units.is_empty() {
            return Err(format!("{DOOR}.units needs {DOOR}.listen, and there is none"));
        }
        if self.listen.is_none() && self.connect.is_empty() {
            return Ok(None);
        }
        let least = usize::from(self.listen.is_some());
        check(DOOR, "units (their number)", &self.units.len(), &(least..=limits::RECEIVERS_MAX))?;
        check(DOOR, "connect (their number)", &self.connect.len(), &(0..=limits::MACHINES_MAX))?;
        let messages_per_s = self.messages_per_s.unwrap_or(limits::NMEA_SENTENCES_PER_S_DEFAULT);
        check(DOOR, "messages_per_s", &messages_per_s, &limits::MESSAGES_PER_S)?;
        let position_step_s = self.position_step_s.unwrap_or(limits::POSITION_STEP_S_DEFAULT);
        check(DOOR, "position_step_s", &position_step_s, &limits::POSITION_STEP_S)?;
        let sender = |(text, unit): (String, String)| {
            let sender = Sender::parse(&text).ok_or_else(|| {
                format!("{DOOR}.units must be named by address, or address and port, got {text:?}")
            })?;
            Ok((sender, unit))
        };
        let units: BTreeMap<Sender, String> =
            self.units.into_iter().map(sender).collect::<Result<_, String>>()?;
        let datagrams = self.listen.map(|listen| {
            let from = units.keys().map(Sender::address).collect();
            let messages_per_s = Some(messages_per_s);
            Datagrams { door: (DOOR, "listen"), listen, from, group: (None, None), messages_per_s }
                .resolve()
        });
        Ok(Some(NmeaConfig {
            datagrams: datagrams.transpose()?,
            units,
            connect: self.connect,
            limits: DoorLimits { messages_per_s, ..DoorLimits::default() },
            position_step_s,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<NmeaConfig>, String> {
        toml::from_str::<RawNmea>(text).map_err(|fault| fault.to_string())?.resolve()
    }

    #[test]
    fn receivers_are_known_by_address_or_port_and_only_they_may_send() {
        let told = read(
            "listen = '0.0.0.0:10110'\n[units]\n'10.0.0.7' = 'a'\n'10.0.0.8:5000' = 'b'\n\
             [connect]\n'10.0.0.9:4001' = 'c'\n",
        );
        let told = told.unwrap().unwrap();
        let from: Vec<String> =
            told.datagrams.unwrap().from.iter().map(ToString::to_string).collect();
        assert_eq!(from, ["10.0.0.7", "10.0.0.8"]);
        assert_eq!((told.units.len(), told.connect.len()), (2, 1));
        assert_eq!(read("").unwrap(), None);
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (text, named) in [
            ("[units]\n'10.0.0.7' = 'a'\n", "doors.nmea.units needs doors.nmea.listen"),
            ("listen = '0.0.0.0:1'\n", "doors.nmea.units (their number) must be 1 to 256, got 0"),
            ("listen = '0.0.0.0:1'\n[units]\nradio = 'a'\n", "or address and port, got \"radio\""),
            ("position_step_s = 0\n[connect]\n'10.0.0.9:1' = 'c'\n", "doors.nmea.position_step_s"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }
}
