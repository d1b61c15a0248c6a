//! Present weather (WMO code table 4678), such as `+DS`, `BLSA`, `VCPO`, `-TSRA`.

use std::fmt;

/// One group of present weather.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weather {
    pub intensity: Intensity,
    /// Seen within 8 to 16 km, not here.
    pub vicinity: bool,
    pub descriptor: Option<Descriptor>,
    /// May be empty when the descriptor alone is told, as in `VCSH`.
    pub phenomena: Vec<Phenomenon>,
}

/// How strong it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intensity {
    Light,
    Moderate,
    Heavy,
}

/// Declares an enumeration of two-letter codes with both directions of the table.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($code:literal $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($variant),+ }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

codes!(/** How it comes. */ Descriptor {
    "MI" Shallow, "BC" Patches, "PR" Partial, "DR" LowDrifting, "BL" Blowing, "SH" Showers, "TS" Thunderstorm,
    "FZ" Freezing,
});

codes!(/** What falls, floats or whirls. */ Phenomenon {
    "DZ" Drizzle, "RA" Rain, "SN" Snow, "SG" SnowGrains, "IC" IceCrystals, "PL" IcePellets, "GR" Hail,
    "GS" SmallHail, "UP" Unknown, "BR" Mist, "FG" Fog, "FU" Smoke, "VA" VolcanicAsh, "DU" Dust, "SA" Sand, "HZ" Haze,
    "PO" DustWhirls, "SQ" Squalls, "FC" Funnel, "SS" Sandstorm, "DS" DustStorm,
});

impl Weather {
    /// True when dust or sand hangs in the air at eye level at the station.
    pub fn is_dust_here(&self) -> bool {
        let eye_level = self.descriptor != Some(Descriptor::LowDrifting);
        !self.vicinity && eye_level && self.phenomena.iter().any(|phenomenon| phenomenon.is_dust())
    }
}

impl Phenomenon {
    /// Dust or sand raised by wind.
    pub fn is_dust(self) -> bool {
        matches!(
            self,
            Self::Dust | Self::Sand | Self::DustWhirls | Self::Sandstorm | Self::DustStorm
        )
    }
}

/// Reads a group of present weather; `None` when the word is something else.
pub(super) fn parse(word: &str) -> Option<Weather> {
    let (intensity, rest) = match word.split_at_checked(1)? {
        ("+", rest) => (Intensity::Heavy, rest),
        ("-", rest) => (Intensity::Light, rest),
        _ => (Intensity::Moderate, word),
    };
    let (vicinity, rest) = rest.strip_prefix("VC").map_or((false, rest), |rest| (true, rest));
    let descriptor = rest.get(..2).and_then(Descriptor::from_code);
    let rest = if descriptor.is_some() { rest.get(2..)? } else { rest };
    let phenomena = rest
        .as_bytes()
        .chunks(2)
        .map(|code| Phenomenon::from_code(std::str::from_utf8(code).unwrap_or_default()))
        .collect::<Option<Vec<_>>>()?;
    let says_something = descriptor.is_some() || !phenomena.is_empty();
    says_something.then_some(Weather { intensity, vicinity, descriptor, phenomena })
}

impl fmt::Display for Weather {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.intensity {
            Intensity::Light => "-",
            Intensity::Moderate => "",
            Intensity::Heavy => "+",
        })?;
        if self.vicinity {
            f.write_str("VC")?;
        }
        f.write_str(self.descriptor.map_or("", Descriptor::code))?;
        self.phenomena.iter().try_for_each(|phenomenon| f.write_str(phenomenon.code()))
    }
}
