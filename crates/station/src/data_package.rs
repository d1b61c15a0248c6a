//! A data package of TAK: the file that, opened on a phone, sets up its way to this station.

use wire::cot::xml::Element;

use crate::export::zip;

/// The folder of the package in which phones look for what makes a connection.
const FOLDER: &str = "certs";
/// Where phones put such files, by whatever folder they came.
const PHONES_FOLDER: &str = "cert";
/// Where phones ask for certificates unless they are told otherwise.
pub const ENROLMENT_PORT: u16 = 8_446;

/// What a phone is told.
#[derive(Debug)]
pub struct DataPackage<'a> {
    /// Draws the line between this package and all others.
    pub uid: &'a str,
    /// What people call the connection.
    pub name: &'a str,
    pub host: &'a str,
    /// Of the door for phones by TLS.
    pub port: u16,
    pub trust: Store<'a>,
    pub entrance: Entrance<'a>,
}

/// A PKCS #12 file.
#[derive(Debug)]
pub struct Store<'a> {
    pub file: &'a str,
    pub bytes: &'a [u8],
    pub password: &'a str,
}

/// How the phone gets its certificate.
#[derive(Debug)]
pub enum Entrance<'a> {
    /// From the station, by an invitation's name and token, for which the phone asks its owner.
    Enrolment { port: u16 },
    /// It is in the package.
    Certificate(Store<'a>),
}

impl DataPackage<'_> {
    /// The package as a ZIP archive.
    pub fn to_zip(&self) -> Vec<u8> {
        let connection = self.connection();
        let mut files = vec![("connection.pref", connection.as_bytes())];
        files.push((self.trust.file, self.trust.bytes));
        if let Entrance::Certificate(store) = &self.entrance {
            files.push((store.file, store.bytes));
        }
        let files: Vec<(String, &[u8])> =
            files.into_iter().map(|(name, bytes)| (format!("{FOLDER}/{name}"), bytes)).collect();
        let manifest = self.manifest(&files);
        let mut all = vec![("MANIFEST/manifest.xml", manifest.as_bytes())];
        all.extend(files.iter().map(|(name, bytes)| (name.as_str(), *bytes)));
        zip::write(&all)
    }

    fn manifest(&self, files: &[(String, &[u8])]) -> String {
        let parameter = |name: &str, value: &str| {
            Element::new("Parameter").with("name", name).with("value", value)
        };
        let configuration = Element::new("Configuration")
            .holding(parameter("uid", self.uid))
            .holding(parameter("name", self.name))
            // What it sets up stays; the package itself is of no more use.
            .holding(parameter("onReceiveDelete", "true"));
        let contents = files.iter().fold(Element::new("Contents"), |contents, (file, _)| {
            let content = Element::new("Content").with("ignore", "false");
            contents.holding(content.with("zipEntry", file.as_str()))
        });
        let manifest = Element::new("MissionPackageManifest")
            .with("version", "2")
            .holding(configuration)
            .holding(contents);
        document(&manifest)
    }

    fn connection(&self) -> String {
        let at_phone = |store: &Store<'_>| format!("{PHONES_FOLDER}/{}", store.file);
        let stream = Element::new("preference")
            .with("version", "1")
            .with("name", "cot_streams")
            .holding(integer("count", "1"))
            .holding(string("description0", self.name))
            .holding(boolean("enabled0", "true"))
            .holding(string("connectString0", &format!("{}:{}:ssl", self.host, self.port)))
            .holding(string("caLocation0", &at_phone(&self.trust)))
            .holding(string("caPassword0", self.trust.password));
        let mut preferences = Element::new("preferences");
        preferences = match &self.entrance {
            Entrance::Enrolment { port } => {
                let stream = stream
                    .holding(boolean("enrollForCertificateWithTrust0", "true"))
                    .holding(boolean("useAuth0", "true"))
                    // A token is good once: there is nothing to be kept.
                    .holding(string("cacheCreds0", ""));
                let preferences = preferences.holding(stream);
                if *port == ENROLMENT_PORT {
                    preferences
                } else {
                    preferences
                        .holding(application(string("apiCertEnrollmentPort", &port.to_string())))
                }
            }
            Entrance::Certificate(store) => preferences.holding(
                stream
                    .holding(string("certificateLocation0", &at_phone(store)))
                    .holding(string("clientPassword0", store.password)),
            ),
        };
        document(&preferences)
    }
}

fn application(entry: Element) -> Element {
    Element::new("preference")
        .with("version", "1")
        .with("name", "com.atakmap.app_preferences")
        .holding(entry)
}

fn string(key: &str, value: &str) -> Element {
    entry(key, "class java.lang.String", value)
}

fn boolean(key: &str, value: &str) -> Element {
    entry(key, "class java.lang.Boolean", value)
}

fn integer(key: &str, value: &str) -> Element {
    entry(key, "class java.lang.Integer", value)
}

fn entry(key: &str, class: &str, value: &str) -> Element {
    Element::new("entry").with("key", key).with("class", class).saying(value)
}

fn document(root: &Element) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n{root}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(entrance: Entrance<'_>) -> DataPackage<'_> {
        let trust = Store { file: "trust.p12", bytes: b"trusted", password: "atakatak" };
        let (uid, name) = ("0d2c3d5a", "Watchline \"a\" & b");
        DataPackage { uid, name, host: "station.example", port: 8_089, trust, entrance }
    }

    fn entry(text: &str, key: &str) -> Option<String> {
        let read = wire::cot::xml::parse(text.split_once("?>").unwrap().1.trim()).unwrap();
        let entries: Vec<_> = read.elements().flat_map(Element::elements).collect();
        let found = entries.iter().find(|entry| entry.attribute("key") == Some(key));
        found.map(|entry| entry.text())
    }

    #[test]
    fn a_phone_is_told_where_to_go_whom_to_trust_and_to_ask_for_its_certificate() {
        let told = package(Entrance::Enrolment { port: 8_446 }).connection();

        assert_eq!(entry(&told, "connectString0").unwrap(), "station.example:8089:ssl");
        assert_eq!(entry(&told, "description0").unwrap(), "Watchline \"a\" & b");
        assert_eq!(entry(&told, "caLocation0").unwrap(), "cert/trust.p12");
        assert_eq!(entry(&told, "enrollForCertificateWithTrust0").unwrap(), "true");
        assert_eq!(entry(&told, "certificateLocation0"), None);
        assert_eq!(entry(&told, "apiCertEnrollmentPort"), None);
        let elsewhere = package(Entrance::Enrolment { port: 9_000 }).connection();
        assert_eq!(entry(&elsewhere, "apiCertEnrollmentPort").unwrap(), "9000");
    }

    #[test]
    fn a_certificate_in_the_package_is_named_and_all_files_are_in_the_manifest() {
        let store = Store { file: "phone.p12", bytes: b"secret", password: "word" };
        let package = package(Entrance::Certificate(store));
        let told = package.connection();
        let manifest = package.manifest(&[("certs/phone.p12".to_owned(), b"secret")]);

        assert_eq!(entry(&told, "certificateLocation0").unwrap(), "cert/phone.p12");
        assert_eq!(entry(&told, "clientPassword0").unwrap(), "word");
        assert_eq!(entry(&told, "enrollForCertificateWithTrust0"), None);
        assert!(manifest.contains("zipEntry=\"certs/phone.p12\""), "{manifest}");
        assert!(manifest.contains("name=\"uid\" value=\"0d2c3d5a\""), "{manifest}");
    }
}
