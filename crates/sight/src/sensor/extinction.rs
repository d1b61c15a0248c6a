//! How air, dust and fog weaken light and heat on the way.

use crate::sector::Settings;

/// Extinction per metre at the visibility `visibility_m` (Koschmieder, DOMAIN 2: 3.912 / V).
pub fn extinction_per_m(visibility_m: f64) -> f64 {
    3.912 / visibility_m.max(1.0)
}

/// The part of that extinction which dust, not air, makes (THERMAL.md: less 0.0116 per km of Rayleigh).
pub fn dust_extinction_per_m(visibility_m: f64) -> f64 {
    (extinction_per_m(visibility_m) - 1.16e-5).max(0.0)
}

/// What takes the sight away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obscurant {
    /// Dust or sand: thermal light suffers by [`Settings::dust_ratio`], raised dust more.
    Dust,
    /// Fog, haze, rain: by [`Settings::fog_ratio`].
    Fog,
}

/// What reduced visibility adds to the extinction of clear air, per metre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Added {
    /// In visible light.
    pub visible_per_m: f64,
    /// In visible light, by particles alone: thermal light suffers a share of this.
    pub particles_per_m: f64,
    /// That share, its low and high end.
    pub thermal_ratio: [f64; 2],
}

impl Added {
    /// What a visibility adds; nothing at and beyond [`Settings::clear_visibility_m`].
    ///
    /// In dust thicker than [`Settings::raised_dust_visibility_m`] the ratio's high end is that of dust raised on the
    /// spot (THERMAL.md: towards 1 below 2 km).
    pub fn by(visibility_m: f64, obscurant: Obscurant, settings: &Settings) -> Self {
        let clear_m = settings.clear_visibility_m;
        let visibility_m = visibility_m.clamp(1.0, clear_m);
        let added = |of: fn(f64) -> f64| (of(visibility_m) - of(clear_m)).max(0.0);
        let [low, high] = settings.dust_ratio;
        let thermal_ratio = match obscurant {
            Obscurant::Fog => settings.fog_ratio,
            Obscurant::Dust => {
                // All of it raised on the spot up to there, none of it from twice as far on.
                let raised =
                    (2.0 - visibility_m / settings.raised_dust_visibility_m).clamp(0.0, 1.0);
                [low, high + raised * (settings.raised_dust_ratio - high).max(0.0)]
            }
        };
        Self {
            visible_per_m: added(extinction_per_m),
            particles_per_m: added(dust_extinction_per_m),
            thermal_ratio,
        }
    }
}
