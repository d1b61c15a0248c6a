//! Cividis: a scale that reads the same with any colour vision (Nuñez, Anderton and Renslow, PLOS ONE 2018).

/// The scale at ten evenly spaced places from 0 to 1; between them it is close to straight.
const SCALE: [[u8; 3]; 10] = [
    [0x00, 0x20, 0x4D],
    [0x00, 0x33, 0x6F],
    [0x39, 0x48, 0x6B],
    [0x57, 0x5C, 0x6D],
    [0x70, 0x71, 0x73],
    [0x8A, 0x87, 0x79],
    [0xA6, 0x9D, 0x75],
    [0xC4, 0xB5, 0x6C],
    [0xE4, 0xCF, 0x5B],
    [0xFF, 0xEA, 0x46],
];

/// The colour of a share between 0 and 1; beyond them the end's.
pub(crate) fn cividis(share: f64) -> [u8; 3] {
    let place = share.clamp(0.0, 1.0) * (SCALE.len() - 1) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped above")]
    let below = (place as usize).min(SCALE.len() - 2);
    let along = place - below as f64;
    std::array::from_fn(|channel| {
        let (from, to) = (f64::from(SCALE[below][channel]), f64::from(SCALE[below + 1][channel]));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between two bytes"
        )]
        let mixed = (from + (to - from) * along).round() as u8;
        mixed
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_always_lighter() {
        let light = |share: f64| cividis(share).iter().map(|c| u32::from(*c)).sum::<u32>();

        assert!(
            (0..100)
                .all(|step| light(f64::from(step + 1) / 100.0) >= light(f64::from(step) / 100.0))
        );
        assert_eq!(cividis(-1.0), SCALE[0]);
        assert_eq!(cividis(2.0), SCALE[9]);
    }
}
