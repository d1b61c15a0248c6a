//! Walkers and vehicles in a square, seen at 1 Hz amid clutter; the same every time.

use std::fmt::Write as _;

pub(crate) const SIGMA_M: f64 = 10.0;
pub(crate) const P_DETECT: f64 = 0.9;
const SCANS: u32 = 60;

/// Seven in ten walk (1.4 m/s, 0.05 m²/s³), three drive (12 m/s, 0.5 m²/s³); all stay inside.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) targets: u32,
    pub(crate) side_m: f64,
    /// Measurements of nothing per scan.
    pub(crate) clutter: f64,
    pub(crate) seed: u64,
}

pub(crate) const ALL: [Workload; 3] = [
    Workload { name: "A100", targets: 100, side_m: 10_000.0, clutter: 50.0, seed: 1 },
    Workload { name: "C100d", targets: 100, side_m: 2_000.0, clutter: 50.0, seed: 3 },
    Workload { name: "B1000", targets: 1_000, side_m: 31_623.0, clutter: 500.0, seed: 2 },
];

pub(crate) struct Texts {
    pub(crate) measurements: String,
    pub(crate) truth: String,
}

struct Target {
    /// East and north: place and speed.
    axes: [(f64, f64); 2],
    q_m2ps3: f64,
}

impl Workload {
    pub(crate) fn texts(&self) -> Texts {
        let mut dice = Dice(self.seed);
        let mut targets: Vec<Target> =
            (0..self.targets).map(|n| self.target(n, &mut dice)).collect();
        let mut texts = Texts { measurements: "k,x,y\n".into(), truth: "k,id,x,vx,y,vy\n".into() };
        for k in 0..SCANS {
            if k > 0 {
                for target in &mut targets {
                    target.step(self.side_m, &mut dice);
                }
            }
            self.write(k, &targets, &mut dice, &mut texts);
        }
        texts
    }

    fn target(&self, n: u32, dice: &mut Dice) -> Target {
        let drives = n % 10 < 3;
        let (speed, q_m2ps3) = if drives { (12.0, 0.5) } else { (1.4, 0.05) };
        let (sin, cos) = (dice.roll() * std::f64::consts::TAU).sin_cos();
        let mut place = || dice.roll() * self.side_m;
        Target { axes: [(place(), speed * cos), (place(), speed * sin)], q_m2ps3 }
    }

    fn write(&self, k: u32, targets: &[Target], dice: &mut Dice, texts: &mut Texts) {
        let mut seen = Vec::new();
        for (id, target) in targets.iter().enumerate() {
            let [(x, vx), (y, vy)] = target.axes;
            writeln!(texts.truth, "{k},{id},{x:.4},{vx:.4},{y:.4},{vy:.4}")
                .expect("a string takes all");
            if dice.roll() < P_DETECT {
                let off = (dice.normal(), dice.normal());
                seen.push((dice.roll(), x + SIGMA_M * off.0, y + SIGMA_M * off.1));
            }
        }
        for _ in 0..dice.poisson(self.clutter) {
            seen.push((dice.roll(), dice.roll() * self.side_m, dice.roll() * self.side_m));
        }
        // In no order that tells anything.
        seen.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (_, x, y) in seen {
            writeln!(texts.measurements, "{k},{x:.4},{y:.4}").expect("a string takes all");
        }
    }
}

impl Target {
    /// One second of constant velocity with white acceleration; the border reflects.
    fn step(&mut self, side_m: f64, dice: &mut Dice) {
        for (place, speed) in &mut self.axes {
            let (a, b) = (dice.normal(), dice.normal());
            let root = self.q_m2ps3.sqrt();
            // The Cholesky factor of [[1/3, 1/2], [1/2, 1]].
            *place += *speed + root * a / 3_f64.sqrt();
            *speed += root * (a * 3_f64.sqrt() / 2.0 + b / 2.0);
            if *place < 0.0 {
                *speed = speed.abs();
            } else if *place > side_m {
                *speed = -speed.abs();
            }
        }
    }
}

/// Numbers that look random and are the same everywhere (Knuth's multiplier).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Box and Muller.
    fn normal(&mut self) -> f64 {
        let (radius, turn) = ((-2.0 * (1.0 - self.roll()).ln()).sqrt(), self.roll());
        radius * (turn * std::f64::consts::TAU).cos()
    }

    /// Knuth's product of rolls, in pieces so that the product never vanishes.
    fn poisson(&mut self, mean: f64) -> u32 {
        let (mut count, mut left) = (0, mean);
        let mut product = 1.0_f64;
        loop {
            product *= self.roll();
            while product < 1.0 && left > 0.0 {
                let piece = left.min(300.0);
                product *= piece.exp();
                left -= piece;
            }
            if product <= 1.0 {
                return count;
            }
            count += 1;
        }
    }
}
