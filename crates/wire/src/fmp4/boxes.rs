//! Boxes of ISO/IEC 14496-12: a length, a name and what is in them.

/// Bytes of a box before what is in it.
pub(super) const HEAD: usize = 8;

/// Boxes as they are written.
#[derive(Debug, Default)]
pub(super) struct Boxes(Vec<u8>);

impl Boxes {
    pub(super) fn done(self) -> Vec<u8> {
        self.0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    /// Puts a number where four bytes stand already.
    pub(super) fn set_u32(&mut self, at: usize, value: u32) {
        if let Some(place) = self.0.get_mut(at..at + 4) {
            place.copy_from_slice(&value.to_be_bytes());
        }
    }

    pub(super) fn boxed(&mut self, name: [u8; 4], fill: impl FnOnce(&mut Self)) {
        let at = self.len();
        self.u32(0);
        self.bytes(&name);
        fill(self);
        let length = u32::try_from(self.len() - at).unwrap_or(u32::MAX);
        self.set_u32(at, length);
    }

    /// A box with a version and flags (4.2).
    pub(super) fn full(
        &mut self,
        name: [u8; 4],
        version: u8,
        flags: u32,
        fill: impl FnOnce(&mut Self),
    ) {
        self.boxed(name, |out| {
            out.u32(u32::from(version) << 24 | flags);
            fill(out);
        });
    }
}

/// Name and whole length of the box at the start, if all of it is there. Lengths of 64 bits and "to the end" are not
/// ours, so they end what is understood.
pub(super) fn next_box(bytes: &[u8]) -> Option<([u8; 4], usize)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (name, _) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    (HEAD..=bytes.len()).contains(&length).then_some((*name, length))
}
