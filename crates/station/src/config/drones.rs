//! `[doors.mavlink]` and `[doors.klv]`: drones and their video.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::check;
use super::radars::Datagrams;
use crate::ingest::door::DoorLimits;
use crate::ingest::drone::Watches;
use crate::ingest::drone::klv::{KlvSettings, PoseErrors};
use crate::ingest::limits;
use crate::runtime::{KlvIn, MavlinkIn};

const MAVLINK: &str = "doors.mavlink";
const KLV: &str = "doors.klv";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMavlink {
    listen: Option<SocketAddr>,
    #[serde(default)]
    from: BTreeSet<IpAddr>,
    #[serde(default)]
    connect: Vec<SocketAddr>,
    messages_per_s: Option<f64>,
    #[serde(default)]
    systems: BTreeMap<String, String>,
    #[serde(default)]
    watches: Watches,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawKlv {
    listen: Option<SocketAddr>,
    messages_per_s: Option<f64>,
    #[serde(default)]
    assets: BTreeMap<IpAddr, String>,
    #[serde(default)]
    connect: BTreeMap<SocketAddr, String>,
    altitude_sigma_m: Option<f64>,
    attitude_sigma_deg: Option<f64>,
    terrain_sigma_m: Option<f64>,
    frames_every_s: Option<f64>,
    #[serde(default)]
    watches: Watches,
}

impl RawMavlink {
    pub(super) fn resolve(self) -> Result<Option<MavlinkIn>, String> {
        if self.listen.is_none() && self.connect.is_empty() {
            return if self.systems.is_empty() {
                Ok(None)
            } else {
                Err(format!("{MAVLINK}.systems needs {MAVLINK}.listen or {MAVLINK}.connect"))
            };
        }
        check(MAVLINK, "systems (their number)", &self.systems.len(), &(1..=limits::DRONES_MAX))?;
        check(MAVLINK, "connect (its length)", &self.connect.len(), &(0..=limits::MACHINES_MAX))?;
        let messages_per_s = self.messages_per_s.unwrap_or(limits::DATAGRAMS_PER_S_DEFAULT);
        check(MAVLINK, "messages_per_s", &messages_per_s, &limits::MESSAGES_PER_S)?;
        let from = self.from;
        let datagrams = self.listen.map(|listen| {
            let messages_per_s = Some(messages_per_s);
            Datagrams {
                door: (MAVLINK, "listen"),
                listen,
                from,
                group: (None, None),
                messages_per_s,
            }
            .resolve()
        });
        let systems = self.systems.into_iter().map(|(system, asset)| {
            let number = system.parse::<u8>().ok().filter(|number| *number > 0);
            let number = number.ok_or_else(|| {
                format!("{MAVLINK}.systems must be named by numbers from 1 to 255, got {system:?}")
            });
            Ok((number?, asset))
        });
        Ok(Some(MavlinkIn {
            datagrams: datagrams.transpose()?,
            connect: self.connect,
            limits: DoorLimits { messages_per_s, ..DoorLimits::default() },
            systems: systems.collect::<Result<_, String>>()?,
            watches: self.watches,
        }))
    }
}

impl RawKlv {
    pub(super) fn resolve(self) -> Result<Option<KlvIn>, String> {
        if self.listen.is_none() && self.connect.is_empty() {
            return if self.assets.is_empty() {
                Ok(None)
            } else {
                Err(format!("{KLV}.assets needs {KLV}.listen, and there is none"))
            };
        }
        let assets_least = usize::from(self.listen.is_some());
        let (assets, connect) = (self.assets.len(), self.connect.len());
        check(KLV, "assets (their number)", &assets, &(assets_least..=limits::DRONES_MAX))?;
        check(KLV, "connect (their number)", &connect, &(0..=limits::MACHINES_MAX))?;
        let messages_per_s = self.messages_per_s.unwrap_or(limits::DATAGRAMS_PER_S_DEFAULT);
        check(KLV, "messages_per_s", &messages_per_s, &limits::MESSAGES_PER_S)?;
        let set = |field: &str, told: Option<f64>, default: f64, range| {
            let value = told.unwrap_or(default);
            check(KLV, field, &value, range).map(|()| value)
        };
        let heights = &limits::HEIGHT_SIGMA_M;
        let errors = PoseErrors {
            altitude_sigma_m: set(
                "altitude_sigma_m",
                self.altitude_sigma_m,
                limits::ALTITUDE_SIGMA_M_DEFAULT,
                heights,
            )?,
            attitude_sigma_deg: set(
                "attitude_sigma_deg",
                self.attitude_sigma_deg,
                limits::ATTITUDE_SIGMA_DEG_DEFAULT,
                &limits::ATTITUDE_SIGMA_DEG,
            )?,
            terrain_sigma_m: set(
                "terrain_sigma_m",
                self.terrain_sigma_m,
                limits::TERRAIN_SIGMA_M_DEFAULT,
                heights,
            )?,
        };
        let frames_every_s = set(
            "frames_every_s",
            self.frames_every_s,
            limits::FRAMES_EVERY_S_DEFAULT,
            &limits::FRAMES_EVERY_S,
        )?;
        let assets: BTreeMap<IpAddr, String> =
            self.assets.into_iter().map(|(from, asset)| (from.to_canonical(), asset)).collect();
        let from: BTreeSet<IpAddr> = assets.keys().copied().collect();
        let datagrams = self.listen.map(|listen| {
            let messages_per_s = Some(messages_per_s);
            Datagrams { door: (KLV, "listen"), listen, from, group: (None, None), messages_per_s }
                .resolve()
        });
        Ok(Some(KlvIn {
            datagrams: datagrams.transpose()?,
            assets,
            connect: self.connect,
            limits: DoorLimits { messages_per_s, ..DoorLimits::default() },
            settings: KlvSettings { errors, frames_every_s, watches: self.watches },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mavlink(text: &str) -> Result<Option<MavlinkIn>, String> {
        toml::from_str::<RawMavlink>(text).map_err(|fault| fault.to_string())?.resolve()
    }

    fn klv(text: &str) -> Result<Option<KlvIn>, String> {
        toml::from_str::<RawKlv>(text).map_err(|fault| fault.to_string())?.resolve()
    }

    #[test]
    fn what_is_not_set_is_not_open() {
        assert_eq!(mavlink("").unwrap(), None);
        assert_eq!(klv("").unwrap(), None);
    }

    #[test]
    fn drones_are_known_by_their_system_or_by_who_sends_their_video() {
        let told = mavlink("listen = '127.0.0.1:14550'\n[systems]\n7 = 'drone-1'\n");
        let told = told.unwrap().unwrap();
        assert_eq!((told.systems[&7].as_str(), told.watches), ("drone-1", Watches::Picture));
        let told = klv("[connect]\n'10.0.0.7:5600' = 'drone-1'\n").unwrap().unwrap();
        assert_eq!((told.datagrams, told.connect.len()), (None, 1));
        let told = klv("listen = '0.0.0.0:5000'\n[assets]\n'10.0.0.7' = 'drone-1'\n").unwrap();
        let told = told.unwrap();
        assert!(told.datagrams.unwrap().from.contains(&"10.0.0.7".parse().unwrap()));
        assert!((told.settings.frames_every_s - limits::FRAMES_EVERY_S_DEFAULT).abs() < 1e-12);
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (text, named) in [
            (
                "listen = '0.0.0.0:1'\n[systems]\n1 = 'a'\n",
                "name the senders' addresses in doors.mavlink.from",
            ),
            ("watches = 'all'\n", "unknown variant `all`, expected `picture` or `planned`"),
            ("[systems]\n1 = 'a'\n", "doors.mavlink.systems needs doors.mavlink.listen"),
            (
                "listen = '127.0.0.1:1'\n",
                "doors.mavlink.systems (their number) must be 1 to 64, got 0",
            ),
            ("connect = ['127.0.0.1:1']\n[systems]\n0 = 'a'\n", "numbers from 1 to 255, got \"0\""),
        ] {
            let error = mavlink(text).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
        for (text, named) in [
            ("[assets]\n'127.0.0.1' = 'a'\n", "doors.klv.assets needs doors.klv.listen"),
            ("listen = '127.0.0.1:1'\n", "doors.klv.assets (their number) must be 1 to 64, got 0"),
            (
                "listen = '127.0.0.1:1'\nattitude_sigma_deg = -1\n[assets]\n'127.0.0.1' = 'a'\n",
                "doors.klv.attitude_sigma_deg must be 0 to 20, got -1",
            ),
        ] {
            let error = klv(text).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }
}
