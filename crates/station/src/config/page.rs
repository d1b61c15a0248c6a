//! `[page]`: the page and the interface beyond this machine.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::runtime::PageTls;

/// `[page]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPage {
    tls: Option<RawPageTls>,
}

/// `[page.tls]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPageTls {
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

impl RawPage {
    pub(super) fn resolve(self, home: &Path) -> Result<Option<PageTls>, String> {
        let Some(RawPageTls { certificate, key }) = self.tls else { return Ok(None) };
        match (certificate, key) {
            (None, None) => Ok(Some(PageTls::Own)),
            (Some(certificate), Some(key)) => {
                let (certificate, key) = (home.join(certificate), home.join(key));
                Ok(Some(PageTls::Brought { certificate, key }))
            }
            (Some(_), None) => Err("page.tls.certificate needs page.tls.key".to_owned()),
            (None, Some(_)) => Err("page.tls.key needs page.tls.certificate".to_owned()),
        }
    }
}
