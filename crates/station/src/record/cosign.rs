//! What a witness puts below a checkpoint that it has seen (C2SP tlog-cosignature, version 1).

use jiff::Timestamp;

use super::keys::{Kind, Public, Secret};
use super::note::{self, NoteFault};

/// A witness's own key.
#[derive(Debug)]
pub(crate) struct Cosigner(Secret);

/// Verifies what a witness signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Witness(Public);

impl Cosigner {
    /// A key from 32 bytes of chance; without a name one that no other witness has.
    pub(crate) fn from_seed(name: Option<String>, seed: [u8; 32]) -> Self {
        Self(match name {
            Some(name) => Secret::new(Kind::Witness, name, seed),
            None => Secret::named_after_itself(Kind::Witness, "watchline-witness", seed),
        })
    }

    pub(crate) fn parse(text: &str) -> Result<Self, NoteFault> {
        Secret::parse(Kind::Witness, text).map(Self)
    }

    pub(crate) fn to_text(&self) -> String {
        self.0.to_text()
    }

    pub(crate) fn witness(&self) -> Witness {
        Witness(self.0.public())
    }

    /// The line that says that a checkpoint was seen at a time, which is told in whole seconds.
    pub(crate) fn cosign(&self, checkpoint: &str, at: Timestamp) -> Result<String, NoteFault> {
        let (text, _) = note::parts(checkpoint)?;
        let seconds = u64::try_from(at.as_second()).unwrap_or(0);
        let signature = self.0.sign(&message(text, seconds));
        let bytes = [&seconds.to_be_bytes()[..], &signature].concat();
        Ok(note::signature_line(&self.0.public(), &bytes))
    }
}

impl Witness {
    pub(crate) fn parse(text: &str) -> Result<Self, NoteFault> {
        Public::parse(Kind::Witness, text).map(Self)
    }

    pub(crate) fn to_text(&self) -> String {
        self.0.to_text()
    }

    pub(crate) fn name(&self) -> &str {
        self.0.name()
    }

    /// What tells it from others, as eight hexadecimal digits.
    pub(crate) fn number(&self) -> String {
        crate::runtime::stepper::hex(&self.0.id())
    }

    /// When it saw a checkpoint below which it has signed.
    pub(crate) fn saw(&self, checkpoint: &str) -> Result<Timestamp, NoteFault> {
        let (text, signatures) = note::parts(checkpoint)?;
        let unsigned = || NoteFault::Unsigned(self.name().to_owned());
        let bytes = note::signature_of(&self.0, signatures).ok_or_else(unsigned)?;
        let (seconds, signature) = bytes.split_first_chunk::<8>().ok_or_else(unsigned)?;
        let signature: &[u8; 64] = signature.try_into().ok().ok_or_else(unsigned)?;
        let seconds = u64::from_be_bytes(*seconds);
        if !self.0.has_signed(&message(text, seconds), signature) {
            return Err(NoteFault::False(self.name().to_owned()));
        }
        let at = i64::try_from(seconds).ok().and_then(|at| Timestamp::from_second(at).ok());
        at.ok_or(NoteFault::Note("a witness saw it at no time that there is"))
    }
}

fn message(text: &str, seconds: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {seconds}\n{text}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::note::Signer;
    use super::*;

    #[test]
    fn a_witness_says_when_it_saw_a_checkpoint_and_any_change_is_noticed() {
        let cosigner = Cosigner::from_seed(Some("guard.example/w".to_owned()), [5; 32]);
        let again = Cosigner::parse(&cosigner.to_text()).unwrap();
        let witness = Witness::parse(&again.witness().to_text()).unwrap();
        let signed = Signer::from_seed([1; 32]).sign(7, [2; 32]);
        let at = Timestamp::from_second(1_900_000_000).unwrap();

        let note = format!("{signed}{}", cosigner.cosign(&signed, at).unwrap());

        assert_eq!(witness.saw(&note), Ok(at));
        // The record's own signature stands as before.
        let record = Signer::from_seed([1; 32]).verifier();
        assert_eq!(record.open(&note).unwrap().size, 7);
        let own_from = signed.rfind("\n\u{2014}").unwrap();
        for place in (0..own_from).chain(signed.len()..note.len()) {
            let mut bytes = note.clone().into_bytes();
            bytes[place] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            assert!(witness.saw(&changed).is_err(), "byte {place}");
        }
        let other = Cosigner::from_seed(None, [6; 32]).witness();
        assert!(matches!(other.saw(&note), Err(NoteFault::Unsigned(_))));
        assert!(other.name().starts_with("watchline-witness/"));
    }

    #[test]
    fn a_records_key_is_no_witness() {
        let record = Signer::from_seed([1; 32]).verifier().to_text();
        let fault = Witness::parse(&record).unwrap_err().to_string();
        assert!(fault.contains("witness"), "{fault}");
    }
}
