//! Passkeys (W3C Web Authentication): somebody's device keeps a secret key for one name of the station, and the station its
//! public half.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use webauthn_rp::bin::{Decode as _, Encode as _};
use webauthn_rp::request::auth::AuthenticationVerificationOptions;
use webauthn_rp::request::register::{
    CredProtect, Nickname, PublicKeyCredentialUserEntity, RegistrationVerificationOptions,
    USER_HANDLE_MAX_LEN, UserHandle64, Username,
};
use webauthn_rp::request::{AsciiDomain, ExtensionInfo, PublicKeyCredentialDescriptor, RpId};
use webauthn_rp::response::register::{
    CompressedPubKey, DynamicState, StaticState, UncompressedPubKey,
};
use webauthn_rp::response::{AuthTransports, CredentialId};
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthentication64, DiscoverableAuthenticationServerState,
    DiscoverableCredentialRequestOptions, PublicKeyCredentialCreationOptions, Registration,
    RegistrationServerState,
};

use super::people::Refused;

/// What is kept of a passkey that is being made.
pub(super) type Making = RegistrationServerState<USER_HANDLE_MAX_LEN>;
/// What is kept while somebody signs in.
pub(super) type Asking = DiscoverableAuthenticationServerState;
/// What somebody's device answers.
pub(super) type Shown = DiscoverableAuthentication64;

type Fixed = StaticState<CompressedPubKey<[u8; 32], [u8; 32], [u8; 48], Vec<u8>>>;

/// Somebody's passkeys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Passkeys {
    /// What devices call the person, drawn by chance; base64url.
    pub(super) handle: String,
    /// In the order in which they were made.
    pub(super) keys: Vec<Passkey>,
}

/// One passkey as it is listed. Nothing of it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passkey {
    /// What whoever keeps it calls it; base64url.
    pub id: String,
    /// What the person calls it.
    pub called: String,
    /// The name of the station for which it is good.
    pub host: String,
    pub made_at: Timestamp,
    /// Its public key and what else never changes, as `webauthn_rp` writes it; base64url.
    fixed: String,
    /// How often it signed and what else changes, the same.
    changing: String,
}

/// By what name, and how, the page is spoken to.
#[derive(Debug, Clone)]
pub struct Site {
    host: String,
    origin: String,
}

/// A passkey that was made, and its public key in words.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) passkey: Passkey,
    pub(super) public_key: String,
}

impl Site {
    /// Where the page is asked for by `authority`, which is one of the station's own names.
    pub(crate) fn of(scheme: &str, authority: &str) -> Result<Self, Refused> {
        let origin = format!("{scheme}://{authority}");
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host).to_lowercase();
        let is_address = host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok();
        if is_address || AsciiDomain::try_from(host.clone()).is_err() {
            let problem = format!(
                "passkeys need the page by a name (https://NAME or http://localhost), not by an address, got {authority}"
            );
            return Err(Refused::new("passkeys-not-here", "Host", problem));
        }
        Ok(Self { host, origin })
    }

    fn rp_id(&self) -> Result<RpId, Refused> {
        AsciiDomain::try_from(self.host.clone()).map(RpId::Domain).map_err(|error| wrong(&error))
    }

    /// Begins to make a passkey for somebody: what is kept, and what their browser is told.
    pub(super) fn offer(
        &self,
        name: &str,
        known: &Passkeys,
    ) -> Result<(Making, serde_json::Value), Refused> {
        let (rp_id, handle) = (self.rp_id()?, known.handle()?);
        let plain = name.replace(char::is_whitespace, ".");
        let user = PublicKeyCredentialUserEntity {
            name: Username::try_from(plain)
                .or_else(|_| Username::try_from("person"))
                .map_err(|error| wrong(&error))?,
            id: &handle,
            display_name: Nickname::try_from(name.to_owned()).ok(),
        };
        let made = known.keys.iter().map(Passkey::described).collect::<Result<_, _>>()?;
        let mut options = PublicKeyCredentialCreationOptions::passkey(&rp_id, user, made);
        // Devices that cannot promise it (many phones) are no weaker here: whoever signs in is verified each time.
        let wished = ExtensionInfo::AllowDontEnforceValue;
        options.extensions.cred_protect = CredProtect::UserVerificationRequired(wished);
        let (making, told) = options.start_ceremony().map_err(|error| wrong(&error))?;
        Ok((making, serde_json::to_value(told).map_err(|error| wrong(&error))?))
    }

    /// The passkey that a browser made; an error says why it is none.
    pub(super) fn made(
        &self,
        making: Making,
        (called, answer): (String, &Registration),
        now: Timestamp,
    ) -> Result<Made, Refused> {
        let allowed_origins = [self.origin.as_str()];
        let options = RegistrationVerificationOptions::<&str, &str> {
            allowed_origins: &allowed_origins,
            ..RegistrationVerificationOptions::default()
        };
        let registered =
            making.verify(&self.rp_id()?, answer, &options).map_err(|error| wrong(&error))?;
        let Ok(fixed) = registered.static_state().encode();
        let Ok(changing) = registered.dynamic_state().encode();
        let passkey = Passkey {
            id: text(registered.id().as_ref()),
            called,
            host: self.host.clone(),
            made_at: now,
            fixed: text(&fixed),
            changing: text(&changing),
        };
        let public_key = key_in_words(registered.static_state().credential_public_key);
        Ok(Made { passkey, public_key })
    }

    /// Begins to ask whoever comes for a passkey: what is kept, and what their browser is told.
    pub(super) fn ask(&self) -> Result<(Asking, serde_json::Value), Refused> {
        let rp_id = self.rp_id()?;
        let options = DiscoverableCredentialRequestOptions::passkey(&rp_id);
        let (asking, told) = options.start_ceremony().map_err(|error| wrong(&error))?;
        Ok((asking, serde_json::to_value(told).map_err(|error| wrong(&error))?))
    }

    /// Whether it is this passkey that somebody showed, who was asked for it: as it is listed from now on, or why not.
    pub(super) fn verify(
        &self,
        asking: Asking,
        shown: &Shown,
        passkey: &Passkey,
    ) -> Result<Passkey, String> {
        if passkey.host != self.host {
            return Err(format!("it is good for {}, not for {}", passkey.host, self.host));
        }
        let allowed_origins = [self.origin.as_str()];
        let options = AuthenticationVerificationOptions::<&str, &str> {
            allowed_origins: &allowed_origins,
            ..AuthenticationVerificationOptions::default()
        };
        let rp_id = self.rp_id().map_err(|refused| refused.reason)?;
        let handle = shown.response().user_handle();
        let (fixed, changing) = passkey.states()?;
        let mut credential = AuthenticatedCredential::new(shown.raw_id(), handle, fixed, changing)
            .map_err(|error| error.to_string())?;
        asking
            .verify(&rp_id, shown, &mut credential, &options)
            .map_err(|error| error.to_string())?;
        let Ok(changing) = credential.dynamic_state().encode();
        Ok(Passkey { changing: text(&changing), ..passkey.clone() })
    }
}

impl Passkeys {
    /// Nobody's yet.
    pub(super) fn draw() -> Self {
        let handle = UserHandle64::new();
        Self { handle: text(handle.as_ref()), keys: Vec::new() }
    }

    fn handle(&self) -> Result<UserHandle64, Refused> {
        let bytes = bytes(&self.handle).and_then(|bytes| bytes.try_into().ok());
        bytes.and_then(|bytes| UserHandle64::decode(bytes).ok()).ok_or_else(|| damaged("handle"))
    }

    /// The one that somebody shows, if it is one of these.
    pub(super) fn shown(&self, shown: &Shown) -> Option<&Passkey> {
        let is_theirs = self.handle == text(shown.response().user_handle().as_ref());
        let id = text(shown.raw_id().as_ref());
        self.keys.iter().find(|key| is_theirs && key.id == id)
    }
}

impl Passkey {
    /// By which a device knows that it has this one already.
    fn described(&self) -> Result<PublicKeyCredentialDescriptor<Vec<u8>>, Refused> {
        let id = bytes(&self.id).and_then(|id| CredentialId::<Vec<u8>>::decode(id).ok());
        let id = id.ok_or_else(|| damaged("id"))?;
        Ok(PublicKeyCredentialDescriptor { id, transports: AuthTransports::NONE })
    }

    fn states(&self) -> Result<(Fixed, DynamicState), String> {
        let fixed = bytes(&self.fixed).and_then(|bytes| Fixed::decode(&bytes).ok());
        let changing = bytes(&self.changing)
            .and_then(|bytes| bytes.try_into().ok())
            .and_then(|bytes| DynamicState::decode(bytes).ok());
        fixed.zip(changing).ok_or_else(|| "its public key cannot be read".to_owned())
    }
}

/// The public key by its algorithm (RFC 9053, RFC 8812), as the record has it: points uncompressed, RSA as modulus and exponent.
fn key_in_words(key: UncompressedPubKey<'_>) -> String {
    let point = |x: &[u8], y: &[u8]| text(&[&[4], x, y].concat());
    match key {
        UncompressedPubKey::Ed25519(key) => format!("EdDSA {}", text(key.inner())),
        UncompressedPubKey::P256(key) => format!("ES256 {}", point(key.x(), key.y())),
        UncompressedPubKey::P384(key) => format!("ES384 {}", point(key.x(), key.y())),
        UncompressedPubKey::Rsa(key) => format!("RS256 {} {}", text(key.n()), key.e()),
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn damaged(what: &str) -> Refused {
    let problem = format!("the {what} of a listed passkey cannot be read");
    Refused::new("passkey-damaged", "credential", problem)
}

pub(super) fn wrong(error: &impl ToString) -> Refused {
    Refused::new("passkey-wrong", "credential", error.to_string())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A passkey as nobody's device made it.
    pub(in crate::identity) fn listed(id: &str) -> Passkey {
        Passkey {
            id: id.to_owned(),
            called: "desk key".to_owned(),
            host: "localhost".to_owned(),
            made_at: Timestamp::UNIX_EPOCH,
            fixed: String::new(),
            changing: String::new(),
        }
    }

    /// The same after it signed once more.
    pub(in crate::identity) fn used(passkey: &Passkey) -> Passkey {
        Passkey { changing: format!("{}A", passkey.changing), ..passkey.clone() }
    }

    #[test]
    fn passkeys_need_the_page_by_a_name() {
        for (scheme, authority, host) in [
            ("http", "localhost:8080", "localhost"),
            ("https", "Post-3.example:8443", "post-3.example"),
            ("https", "post-3.example", "post-3.example"),
        ] {
            let site = Site::of(scheme, authority).unwrap();
            assert_eq!(site.host, host);
            assert_eq!(site.origin, format!("{scheme}://{authority}"));
        }
        for authority in ["127.0.0.1:8080", "192.0.2.7", "[::1]:8080", "[2001:db8::7]", ""] {
            let refused = Site::of("https", authority).unwrap_err();
            assert_eq!(refused.code, "passkeys-not-here", "{authority}");
        }
    }

    #[test]
    fn what_a_browser_is_told_names_the_person_and_asks_for_their_verification() {
        let site = Site::of("https", "post-3.example:8443").unwrap();
        for name in ["Amal K", "\u{623}\u{645}\u{644}", "'); drop"] {
            let theirs =
                Passkeys { keys: vec![listed("AAAAAAAAAAAAAAAAAAAAAA")], ..Passkeys::draw() };
            let (_, told) = site.offer(name, &theirs).unwrap();
            assert_eq!(told["rp"]["id"], "post-3.example");
            assert_eq!(told["user"]["id"], theirs.handle.as_str());
            assert_eq!(told["authenticatorSelection"]["userVerification"], "required");
            assert_ne!(told["extensions"]["enforceCredentialProtectionPolicy"], true);
            assert_eq!(told["excludeCredentials"][0]["id"], "AAAAAAAAAAAAAAAAAAAAAA");
        }
        let (_, told) = site.offer("Amal K", &Passkeys::draw()).unwrap();
        assert_eq!(told["user"]["displayName"], "Amal K");
        let (_, asked) = site.ask().unwrap();
        assert_eq!(
            (&asked["rpId"], &asked["userVerification"]),
            (&"post-3.example".into(), &"required".into())
        );
    }
}
