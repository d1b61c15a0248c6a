//! `[doors.asterix]`: radars in, tracks out.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde::Deserialize;
use wire::asterix::Source;

use super::check;
use crate::ingest::asterix::{RadarSettings, RadarSign};
use crate::ingest::cot_door::Group;
use crate::ingest::datagram_door::DatagramConfig;
use crate::ingest::door::DoorLimits;
use crate::ingest::limits;
use crate::runtime::{AsterixConfig, RadarsIn, TracksOut};

const DOOR: &str = "doors.asterix";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAsterix {
    listen: Option<SocketAddr>,
    #[serde(default)]
    from: BTreeSet<IpAddr>,
    multicast: Option<Ipv4Addr>,
    multicast_interface: Option<Ipv4Addr>,
    messages_per_s: Option<f64>,
    transponder_confidence: Option<f64>,
    #[serde(default)]
    radars: BTreeMap<String, RawRadar>,
    out: Option<RawOut>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRadar {
    sensor: String,
    range_sigma_m: Option<f64>,
    azimuth_sigma_deg: Option<f64>,
    radial_positive: Option<RadarSign>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOut {
    to: Vec<SocketAddr>,
    sac: u8,
    sic: u8,
    agency: Option<String>,
}

impl RawAsterix {
    pub(super) fn resolve(self) -> Result<AsterixConfig, String> {
        let Some(listen) = self.listen else {
            if self.radars.is_empty() {
                return Ok(AsterixConfig { radars: None, out: out(self.out)? });
            }
            return Err(format!("{DOOR}.radars needs {DOOR}.listen, and there is none"));
        };
        let datagrams = Datagrams {
            door: (DOOR, "listen"),
            listen,
            from: self.from,
            group: (self.multicast, self.multicast_interface),
            messages_per_s: self.messages_per_s,
        };
        let confidence =
            self.transponder_confidence.unwrap_or(limits::TRANSPONDER_CONFIDENCE_DEFAULT);
        check(DOOR, "transponder_confidence", &confidence, &limits::CONFIDENCE)?;
        check(DOOR, "radars (their number)", &self.radars.len(), &(1..=limits::RADARS_MAX))?;
        let radars = self.radars.into_iter().map(|(source, radar)| {
            Ok((source_of(&source)?, radar.resolve(&format!("{DOOR}.radars.\"{source}\""))?))
        });
        Ok(AsterixConfig {
            radars: Some(RadarsIn {
                datagrams: datagrams.resolve()?,
                radars: radars.collect::<Result<_, String>>()?,
                transponder_confidence: confidence,
            }),
            out: out(self.out)?,
        })
    }
}

impl RawRadar {
    fn resolve(self, path: &str) -> Result<RadarSettings, String> {
        if let Some(sigma_m) = self.range_sigma_m {
            check(path, "range_sigma_m", &sigma_m, &limits::RANGE_SIGMA_M)?;
        }
        if let Some(sigma_deg) = self.azimuth_sigma_deg {
            check(path, "azimuth_sigma_deg", &sigma_deg, &limits::AZIMUTH_SIGMA_DEG)?;
        }
        Ok(RadarSettings {
            sensor: self.sensor,
            range_sigma_m: self.range_sigma_m,
            azimuth_sigma_deg: self.azimuth_sigma_deg,
            radial_positive: self.radial_positive,
        })
    }
}

fn out(raw: Option<RawOut>) -> Result<Option<TracksOut>, String> {
    let Some(RawOut { to, sac, sic, agency }) = raw else { return Ok(None) };
    check("doors.asterix.out", "to (its length)", &to.len(), &(1..=limits::TRACK_RECEIVERS_MAX))?;
    Ok(Some(TracksOut { to, source: Source { sac, sic }, agency }))
}

/// Area and identification of a radar, such as `25/201`.
fn source_of(text: &str) -> Result<Source, String> {
    let parts = text.split_once('/');
    let parsed = parts.and_then(|(sac, sic)| {
        Some(Source { sac: sac.trim().parse().ok()?, sic: sic.trim().parse().ok()? })
    });
    parsed.ok_or_else(|| {
        format!("{DOOR}.radars must be named by SAC and SIC, such as \"25/201\", got {text:?}")
    })
}

/// What doors for datagrams have in common, as it is written.
pub(super) struct Datagrams {
    /// Its path, and the field that says where it listens.
    pub(super) door: (&'static str, &'static str),
    pub(super) listen: SocketAddr,
    pub(super) from: BTreeSet<IpAddr>,
    /// The group and the interface that it is joined by.
    pub(super) group: (Option<Ipv4Addr>, Option<Ipv4Addr>),
    pub(super) messages_per_s: Option<f64>,
}

impl Datagrams {
    pub(super) fn resolve(self) -> Result<DatagramConfig, String> {
        let Self { door: (door, field), listen, from, group: (group, interface), messages_per_s } =
            self;
        if let Some(group) = group.filter(|group| !group.is_multicast()) {
            return Err(format!("{door}.multicast must be a multicast address, got {group}"));
        }
        let messages_per_s = messages_per_s.unwrap_or(limits::DATAGRAMS_PER_S_DEFAULT);
        check(door, "messages_per_s", &messages_per_s, &limits::MESSAGES_PER_S)?;
        let interface = interface.unwrap_or(Ipv4Addr::LOCALHOST);
        let config = DatagramConfig {
            listen,
            from: from.iter().map(IpAddr::to_canonical).collect(),
            group: group.map(|address| Group { address, interface }),
            limits: DoorLimits { connections_max: limits::DATAGRAM_SENDERS_MAX, messages_per_s },
        };
        if config.is_open_to_strangers() {
            return Err(format!(
                "{door}.{field} is {listen}, which others reach, and datagrams do not prove who sent them: \
                 name the senders' addresses in {door}.from"
            ));
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<AsterixConfig, String> {
        toml::from_str::<RawAsterix>(text).map_err(|fault| fault.to_string())?.resolve()
    }

    #[test]
    fn what_is_not_set_is_not_open() {
        assert_eq!(read("").unwrap(), AsterixConfig::default());
    }

    #[test]
    fn radars_are_named_by_area_and_identification() {
        let config = read(
            "listen = '0.0.0.0:8600'\nfrom = ['10.0.0.5', '::ffff:10.0.0.6']\n\
             [radars.'25/201']\nsensor = 'tower-1'\nradial_positive = 'toward'\n\
             [out]\nto = ['10.0.0.9:8601']\nsac = 25\nsic = 1\n",
        )
        .unwrap();

        let radars = config.radars.unwrap();
        let from: Vec<String> = radars.datagrams.from.iter().map(IpAddr::to_string).collect();
        assert_eq!(from, ["10.0.0.5", "10.0.0.6"]);
        let radar = &radars.radars[&Source { sac: 25, sic: 201 }];
        assert_eq!(
            (radar.sensor.as_str(), radar.radial_positive),
            ("tower-1", Some(RadarSign::Toward))
        );
        assert_eq!(config.out.unwrap().source, Source { sac: 25, sic: 1 });
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let radar = "[radars.'1/2']\nsensor = 'x'\n";
        for (text, named) in [
            (
                format!("listen = '0.0.0.0:1'\n{radar}"),
                "name the senders' addresses in doors.asterix.from",
            ),
            (
                "listen = '127.0.0.1:1'\n".into(),
                "doors.asterix.radars (their number) must be 1 to 64, got 0",
            ),
            (radar.into(), "doors.asterix.radars needs doors.asterix.listen"),
            (
                "listen = '127.0.0.1:1'\n[radars.'1/256']\nsensor = 'x'\n".into(),
                "such as \"25/201\", got \"1/256\"",
            ),
            (
                format!("listen = '127.0.0.1:1'\n{radar}range_sigma_m = 0\n"),
                "doors.asterix.radars.\"1/2\".range_sigma_m must be 0.1 to 1000, got 0",
            ),
            (
                format!("listen = '127.0.0.1:1'\ntransponder_confidence = nan\n{radar}"),
                "doors.asterix.transponder_confidence must be 0.01 to 1, got NaN",
            ),
            (
                "[out]\nto = []\nsac = 1\nsic = 1\n".into(),
                "doors.asterix.out.to (its length) must be 1 to 16, got 0",
            ),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }
}
