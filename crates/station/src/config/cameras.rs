//! `[doors.rtsp]`: cameras whose pictures are pulled, recorded and shown.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::Url;

use super::check;
use crate::ingest::camera::{CameraLimits, Credentials, Keep};
use crate::ingest::limits;
use crate::runtime::{CameraIn, CamerasConfig};

const DOOR: &str = "doors.rtsp";
const GIB: f64 = 1_073_741_824.0;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRtsp {
    bits_per_s: Option<f64>,
    stalled_after_s: Option<f64>,
    file_s: Option<f64>,
    keep_gib: Option<f64>,
    keep_days: Option<f64>,
    #[serde(default)]
    cameras: BTreeMap<String, RawCamera>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCamera {
    url: String,
    credentials: Option<PathBuf>,
    record: Option<bool>,
}

/// The file that says by whom a camera lets itself be seen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCredentials {
    user: String,
    password: String,
}

impl RawRtsp {
    pub(super) fn resolve(self, home: &Path) -> Result<CamerasConfig, String> {
        let most = limits::CAMERAS_MAX;
        check(DOOR, "cameras (their number)", &self.cameras.len(), &(0..=most))?;
        let set = |field: &str, told: Option<f64>, default: f64, range| {
            let value = told.unwrap_or(default);
            check(DOOR, field, &value, range).map(|()| value)
        };
        let bits_per_s = set(
            "bits_per_s",
            self.bits_per_s,
            limits::CAMERA_BITS_PER_S_DEFAULT,
            &limits::CAMERA_BITS_PER_S,
        )?;
        let stalled_after_s = set(
            "stalled_after_s",
            self.stalled_after_s,
            limits::STALLED_AFTER_S_DEFAULT,
            &limits::STALLED_AFTER_S,
        )?;
        let file_s =
            set("file_s", self.file_s, limits::FOOTAGE_FILE_S_DEFAULT, &limits::FOOTAGE_FILE_S)?;
        let gib = set("keep_gib", self.keep_gib, limits::KEEP_GIB_DEFAULT, &limits::KEEP_GIB)?;
        let days = set("keep_days", self.keep_days, limits::KEEP_DAYS_DEFAULT, &limits::KEEP_DAYS)?;
        let cameras = self.cameras.into_iter().map(|(sensor, raw)| {
            let camera = raw.resolve(&format!("{DOOR}.cameras.{sensor}"), home)?;
            Ok((sensor, camera))
        });
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range was checked"
        )]
        let bytes = (gib * GIB) as u64;
        Ok(CamerasConfig {
            cameras: cameras.collect::<Result<_, String>>()?,
            limits: CameraLimits { bits_per_s, stalled_after_s },
            file_s,
            keep: Keep { bytes, days },
        })
    }
}

impl RawCamera {
    fn resolve(self, path: &str, home: &Path) -> Result<CameraIn, String> {
        // The text may hold a password, so it is not repeated.
        let url = Url::parse(&self.url)
            .map_err(|fault| format!("{path}.url must be rtsp://HOST[:PORT]/PATH: {fault}"))?;
        if url.scheme() != "rtsp" || url.host().is_none() {
            return Err(format!("{path}.url must be rtsp://HOST[:PORT]/PATH"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(format!(
                "{path}.url must hold neither user nor password: put them into the file that {path}.credentials names"
            ));
        }
        let credentials = self.credentials.map(|file| read_credentials(path, &home.join(file)));
        Ok(CameraIn {
            url,
            credentials: credentials.transpose()?,
            records: self.record.unwrap_or(true),
        })
    }
}

fn read_credentials(path: &str, file: &Path) -> Result<Credentials, String> {
    let fault = |what: &str| format!("{path}.credentials {}: {what}", file.display());
    let metadata = fs::metadata(file).map_err(|error| fault(&error.to_string()))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(fault("others may read it: `chmod 600` it"));
    }
    if metadata.len() > limits::CREDENTIALS_BYTES_MAX {
        return Err(fault("is no file of a user and a password: it is too long"));
    }
    let text = fs::read_to_string(file).map_err(|error| fault(&error.to_string()))?;
    // What the parser would say repeats lines of the file.
    let raw = toml::from_str::<RawCredentials>(&text).map_err(|_repeats_it| {
        fault("must hold two lines: user = \"...\" and password = \"...\"")
    })?;
    Ok(Credentials { user: raw.user, password: raw.password })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rtsp(text: &str, home: &Path) -> Result<CamerasConfig, String> {
        toml::from_str::<RawRtsp>(text).map_err(|fault| fault.to_string())?.resolve(home)
    }

    #[test]
    fn a_camera_needs_no_more_than_where_it_is() {
        let told =
            rtsp("[cameras.tower-1]\nurl = 'rtsp://10.0.0.20/one'\n", Path::new("")).unwrap();

        let camera = &told.cameras["tower-1"];
        assert_eq!(camera.url.as_str(), "rtsp://10.0.0.20/one");
        assert!(camera.records && camera.credentials.is_none());
        assert_eq!(told.keep.bytes, 20 << 30);
    }

    #[test]
    fn passwords_are_read_from_a_file_for_its_owner_alone_and_never_shown() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("tower-1.toml");
        let text = "[cameras.tower-1]\nurl = 'rtsp://h/'\ncredentials = 'tower-1.toml'\n";
        fs::write(&file, "user = 'watch'\npassword = 'open sesame'\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(rtsp(text, home.path()).unwrap_err().contains("others may read it"));

        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let told = rtsp(text, home.path()).unwrap();
        let credentials = told.cameras["tower-1"].credentials.as_ref().unwrap();
        assert_eq!(credentials.password, "open sesame");
        assert!(!format!("{told:?}").contains("sesame"));

        fs::write(&file, "pass = 'open sesame'\n").unwrap();
        let error = rtsp(text, home.path()).unwrap_err();
        assert!(error.contains("must hold two lines") && !error.contains("sesame"), "{error}");
    }

    #[test]
    fn what_makes_no_sense_is_named_and_no_password_is_repeated() {
        for (text, named) in [
            ("file_s = 0\n", "doors.rtsp.file_s must be 5 to 3600, got 0"),
            ("[cameras.a]\nurl = 'http://h/'\n", "doors.rtsp.cameras.a.url must be rtsp://"),
            ("[cameras.a]\nurl = 'rtsp://u:secret@h/'\n", "must hold neither user nor password"),
            ("[cameras.a]\nurl = 'rtsp:secret'\n", "doors.rtsp.cameras.a.url must be rtsp://"),
            (
                "[cameras.a]\nurl = 'rtsp://h'\ncredentials = 'none'\n",
                "doors.rtsp.cameras.a.credentials none:",
            ),
        ] {
            let error = rtsp(text, Path::new("")).unwrap_err();
            assert!(error.contains(named) && !error.contains("secret"), "{error}");
        }
    }
}
