//! The people, animals and vehicles that a mover is made of.

use nalgebra::Vector2;
use sight::geo::EnuPoint;
use sight::sector::{Mover, Settings};

use crate::chance::Chance;
use crate::physics::Aspect;
use crate::scenario::Kind;
use crate::timeline::Motion;

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum BodyKind {
    Adult,
    Child,
    Donkey,
    Sheep,
    Gazelle,
    Vehicle,
}

/// One person, animal or vehicle of a mover.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Body {
    pub kind: BodyKind,
    /// Height when it stands.
    pub height_m: f64,
    /// All of it seen.
    pub aspect: Aspect,
    /// Its place in the group, and how it sways about it while the group moves.
    offset_m: Vector2<f64>,
    sway_m: f64,
    sway_s: f64,
    phase: f64,
}

impl Body {
    /// How far it ever is from the middle of its mover.
    pub(super) fn spread_m(&self) -> f64 {
        self.offset_m.norm() + self.sway_m
    }

    /// Its place and velocity, given those of the mover's middle.
    pub(super) fn motion(&self, middle: &Motion, at_s: f64) -> Motion {
        let moving = if middle.velocity_mps.norm_squared() > 1e-6 { 1.0 } else { 0.0 };
        let turn = std::f64::consts::TAU / self.sway_s;
        let (sin, cos) = libm::sincos(turn * at_s + self.phase);
        let sway = moving * self.sway_m * Vector2::new(sin, cos);
        let swing = moving * self.sway_m * turn * Vector2::new(cos, -sin);
        let here = middle.point.to_vector() + self.offset_m + sway;
        Motion { point: EnuPoint::new(here.x, here.y), velocity_mps: middle.velocity_mps + swing }
    }
}

/// The bodies of a mover. Sizes vary from one to the next by a twelfth (A).
pub(super) fn all(
    (kind, count): (Kind, u32),
    settings: &Settings,
    chance: &mut Chance,
) -> Vec<Body> {
    let with = |first: &[BodyKind], kind: BodyKind| -> Vec<BodyKind> {
        let rest = (count as usize).saturating_sub(usize::from(!first.is_empty()));
        first.iter().copied().chain(std::iter::repeat_n(kind, rest)).collect()
    };
    let kinds = match kind {
        Kind::Walker | Kind::Group => with(&[], BodyKind::Adult),
        Kind::Vehicle => with(&[], BodyKind::Vehicle),
        Kind::Donkey => with(&[BodyKind::Adult, BodyKind::Donkey], BodyKind::Donkey),
        Kind::ShepherdWithFlock => {
            let mut kinds = with(&[], BodyKind::Sheep);
            kinds.insert(0, BodyKind::Adult);
            kinds
        }
        Kind::Wildlife => with(&[], BodyKind::Gazelle),
        Kind::FamilyInDistress => {
            let grown = count.div_ceil(2);
            (0..count).map(|i| if i < grown { BodyKind::Adult } else { BodyKind::Child }).collect()
        }
    };
    let radius_m = spacing_m(kind) * libm::sqrt(kinds.len() as f64 - 1.0);
    kinds.into_iter().map(|kind| body(kind, radius_m, settings, chance)).collect()
}

/// Distance between neighbours, metres (A).
fn spacing_m(kind: Kind) -> f64 {
    match kind {
        Kind::Walker | Kind::Group | Kind::FamilyInDistress | Kind::Donkey => 2.0,
        Kind::Vehicle => 25.0,
        Kind::ShepherdWithFlock => 6.0,
        Kind::Wildlife => 9.0,
    }
}

fn body(kind: BodyKind, radius_m: f64, settings: &Settings, chance: &mut Chance) -> Body {
    let dimension =
        |mover, otherwise| settings.critical_dimension_m.get(&mover).copied().unwrap_or(otherwise);
    let person_m = dimension(Mover::Walker, 0.95);
    // Height, critical dimension, warmth and echo against a person's (A; DOMAIN 2 for the first two).
    let (height_m, dimension_m, warmth, echo) = match kind {
        BodyKind::Adult => (1.7, person_m, 1.0, 1.0),
        BodyKind::Child => (1.15, 0.68 * person_m, 1.0, 0.5),
        BodyKind::Donkey => (1.3, dimension(Mover::Donkey, 1.2), 0.9, 1.6),
        BodyKind::Sheep => (0.8, 0.75, 0.6, 0.4),
        BodyKind::Gazelle => (0.9, 0.7, 0.9, 0.35),
        BodyKind::Vehicle => (1.9, dimension(Mover::Vehicle, 2.3), 2.0, 15.0),
    };
    let size = 1.0 + chance.between(-0.08, 0.08);
    let (sin, cos) = libm::sincos(chance.between(0.0, std::f64::consts::TAU));
    let out_m = radius_m * libm::sqrt(chance.share());
    let sways = kind != BodyKind::Vehicle;
    Body {
        kind,
        height_m: size * height_m,
        aspect: Aspect { dimension_m: size * dimension_m, warmth, echo },
        offset_m: out_m * Vector2::new(sin, cos),
        sway_m: if sways { chance.between(0.2, 0.8) } else { 0.0 },
        sway_s: chance.between(20.0, 45.0),
        phase: chance.between(0.0, std::f64::consts::TAU),
    }
}
