//! The skyline over a wedge: the upper envelope of the strips passed so far, by direction.
//!
//! A direction is `u = lateral / axial`, a height in view `s = (height - eye) / axial`. Along a
//! line of sight `u` is constant, and each strip's profile is piecewise linear in `u` with its
//! posts as vertices, so the envelope of the profiles is what lines of sight must clear
//! (Haverkort & Toma, arXiv 1810.01946). It is kept as vertices in order of `u`.

/// Depth given to a void below the eye. It drops away from its neighbour so steeply that no line
/// to another cell meets the flank, while a line over the neighbouring post itself does: just what
/// "a sample that touches a void is transparent" asks for.
pub(super) const VOID_DEPTH_M: f64 = -1e8;
/// Vertices nearer than this in `u` are one; targets lie at least 1e-8 apart.
const SAME_U: f64 = 1e-13;

/// Vertices this near to a post, in lateral steps, count as standing on it.
const SAME_POST: f64 = 1e-9;
/// How far a strip stands above a skyline vertex beside it: not at all.
const OUTSIDE: f64 = -1.0;

/// Vertices of a piecewise-linear function of `u`, in order.
#[derive(Debug, Default)]
struct Skyline {
    u: Vec<f64>,
    s: Vec<f64>,
    /// Slope from each vertex to the next; 0 after the last.
    slope: Vec<f64>,
}

/// The envelope of all strips so far, and the room to raise it.
#[derive(Debug, Default)]
pub(super) struct Envelope {
    skyline: Skyline,
    raised: Skyline,
    /// For each skyline vertex: how far the strip stands above it (below when negative).
    over: Vec<f64>,
    /// For each post the last skyline vertex at or before it.
    segment: Vec<u32>,
}

/// A strip of posts as seen from the eye.
pub(super) struct Strip<'a> {
    pub(super) axial: f64,
    /// Lateral offset of the first post.
    pub(super) first: f64,
    /// Height in view of each post.
    pub(super) s: &'a [f64],
}

impl Strip<'_> {
    fn u(&self, at: usize) -> f64 {
        (self.first + at as f64) * (1.0 / self.axial)
    }

    fn last(&self) -> usize {
        self.s.len() - 1
    }
}

/// Something that happens along `u`: a vertex of the skyline or a post of the strip.
#[derive(Clone, Copy)]
struct Event {
    u: f64,
    /// The skyline here, and how far the strip stands above it.
    s: f64,
    over: f64,
}

impl Envelope {
    /// Starts from the first strip.
    pub(super) fn begin(&mut self, strip: &Strip<'_>) {
        self.skyline.clear();
        for (at, &s) in strip.s.iter().enumerate() {
            self.skyline.push(strip.u(at), s);
        }
    }

    /// Writes to `over` how far each post of a strip stands above the envelope of the strips
    /// before it, then raises the envelope by the strip.
    ///
    /// The strip must lie within the directions of the strip before it.
    pub(super) fn pass(&mut self, strip: &Strip<'_>, over: &mut Vec<f64>) {
        self.skyline.trim(strip.u(0), strip.u(strip.last()));
        let skyline_rises = self.compare_vertices(strip);
        let strip_rises = self.compare_posts(strip, over);
        if skyline_rises || strip_rises {
            Raise::new(self, strip, over).run();
            std::mem::swap(&mut self.skyline, &mut self.raised);
        }
    }

    /// Compares the strip with each skyline vertex, and notes which vertices lie before each post.
    fn compare_vertices(&mut self, strip: &Strip<'_>) -> bool {
        let (s, last) = (strip.s, strip.last());
        self.segment.clear();
        self.segment.resize(s.len() + 1, 0);
        self.over.clear();
        let mut rises = false;
        let limit = last as f64;
        for (at, (&u, &height)) in self.skyline.u.iter().zip(&self.skyline.s).enumerate() {
            let x = u * strip.axial - strip.first;
            let inside = x.clamp(0.0, limit);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to the strip"
            )]
            let whole = inside as usize;
            let (near, far) = (s[whole], s[(whole + 1).min(last)]);
            let profile = near + (inside - whole as f64) * (far - near);
            // Outside the strip there is nothing to stand above.
            let beside = (x - inside).abs() > SAME_POST;
            let over = if beside { OUTSIDE } else { profile - height };
            #[expect(clippy::cast_possible_truncation, reason = "a skyline has few vertices")]
            let vertex = at as u32;
            self.segment[whole + usize::from(x > whole as f64)] = vertex;
            self.over.push(over);
            rises |= over > 0.0;
        }
        rises
    }

    /// Compares each post with the skyline above it.
    fn compare_posts(&mut self, strip: &Strip<'_>, over: &mut Vec<f64>) -> bool {
        over.clear();
        let mut vertex = 0;
        let mut rises = false;
        let step = 1.0 / strip.axial;
        let Skyline { u, s, slope } = &self.skyline;
        for (at, (&post, segment)) in strip.s.iter().zip(&mut self.segment).enumerate() {
            vertex = vertex.max(*segment);
            *segment = vertex;
            let v = vertex as usize;
            let above = post - (s[v] + ((strip.first + at as f64) * step - u[v]) * slope[v]);
            over.push(above);
            rises |= above > 0.0;
        }
        rises
    }
}

impl Skyline {
    fn clear(&mut self) {
        self.u.clear();
        self.s.clear();
        self.slope.clear();
    }

    /// Appends a vertex and joins the one before to it.
    fn push(&mut self, u: f64, s: f64) {
        if let (Some(&last_u), Some(last_s), Some(slope)) =
            (self.u.last(), self.s.last_mut(), self.slope.last_mut())
        {
            if u - last_u < SAME_U {
                *last_s = last_s.max(s);
                self.rejoin();
                return;
            }
            *slope = (s - *last_s) / (u - last_u);
        }
        self.u.push(u);
        self.s.push(s);
        self.slope.push(0.0);
    }

    /// Joins the last but one vertex to the last again.
    fn rejoin(&mut self) {
        if let (&[.., u0, u1], &[.., s0, s1], [.., slope, _]) =
            (&self.u[..], &self.s[..], &mut self.slope[..])
        {
            *slope = (s1 - s0) / (u1 - u0);
        }
    }

    /// Appends vertices of another skyline.
    fn copy(&mut self, other: &Self, range: std::ops::Range<usize>) {
        if let Some(&u) = other.u.get(range.start).filter(|_| !range.is_empty()) {
            self.push(u, other.s[range.start]);
            let slope = other.slope[range.start];
            if let Some(last) = self.slope.last_mut() {
                *last = slope;
            }
            let rest = range.start + 1..range.end;
            self.u.extend_from_slice(&other.u[rest.clone()]);
            self.s.extend_from_slice(&other.s[rest.clone()]);
            self.slope.extend_from_slice(&other.slope[rest]);
        }
    }

    /// Drops vertices outside the directions `low..=high`, but for one on each side.
    fn trim(&mut self, low: f64, high: f64) {
        let end = self.u.len();
        let beyond = self.u.iter().rev().take_while(|&&u| u >= high).count();
        let keep = (end - beyond + 1).min(end);
        self.u.truncate(keep);
        self.s.truncate(keep);
        self.slope.truncate(keep);
        let before = self.u.iter().take_while(|&&u| u <= low).count().saturating_sub(1);
        self.u.drain(..before);
        self.s.drain(..before);
        self.slope.drain(..before);
    }
}

/// One raising of an envelope by a strip: copies what stays, walks where the strip stands above.
struct Raise<'a> {
    skyline: &'a Skyline,
    raised: &'a mut Skyline,
    over_vertices: &'a [f64],
    over_posts: &'a [f64],
    segment: &'a [u32],
    strip: &'a Strip<'a>,
    /// The next vertex and the next post to look at.
    vertex: usize,
    post: usize,
}

impl<'a> Raise<'a> {
    fn new(envelope: &'a mut Envelope, strip: &'a Strip<'a>, over_posts: &'a [f64]) -> Self {
        envelope.raised.clear();
        Self {
            skyline: &envelope.skyline,
            raised: &mut envelope.raised,
            over_vertices: &envelope.over,
            over_posts,
            segment: &envelope.segment,
            strip,
            vertex: 0,
            post: 0,
        }
    }

    fn run(mut self) {
        while self.skip_to_rise() {
            self.walk_above();
        }
        self.raised.copy(self.skyline, self.vertex..self.skyline.u.len());
    }

    /// Copies the skyline up to where the strip next stands above it, if it does.
    fn skip_to_rise(&mut self) -> bool {
        let next = |over: &[f64], from: usize| {
            over[from..].iter().position(|&over| over > 0.0).map(|at| from + at)
        };
        let vertex = next(self.over_vertices, self.vertex);
        let post = next(self.over_posts, self.post);
        let vertex_first = match (vertex, post) {
            (None, None) => return false,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(vertex), Some(post)) => self.skyline.u[vertex] < self.strip.u(post),
        };
        let (copied, post) = match (vertex_first, vertex, post) {
            (true, Some(vertex), _) => (vertex, self.post_after(vertex)),
            // A vertex under the post itself may stand below the strip too: it is not copied.
            (_, vertex, Some(post)) => {
                let at_or_before = self.segment[post] as usize + 1;
                (vertex.map_or(at_or_before, |vertex| at_or_before.min(vertex)), post)
            }
            _ => return false,
        };
        self.raised.copy(self.skyline, self.vertex..copied.max(self.vertex));
        self.vertex = copied.max(self.vertex);
        self.post = post.max(self.post);
        true
    }

    /// The first post beyond a skyline vertex.
    fn post_after(&self, vertex: usize) -> usize {
        let start = self.post;
        start
            + self.segment[start..self.strip.s.len()].partition_point(|&at| (at as usize) < vertex)
    }

    /// The last event before the next vertex and the next post.
    fn event_before(&self) -> Option<Event> {
        let vertex = self.vertex.checked_sub(1).map(|at| self.vertex_event(at));
        let post = self.post.checked_sub(1).map(|at| self.post_event(at));
        match (vertex, post) {
            (Some(vertex), Some(post)) => Some(if vertex.u > post.u { vertex } else { post }),
            // Left of the first post there is no strip, so nothing to cross.
            (_, post) => post,
        }
    }

    /// Follows the strip while it stands above the skyline.
    fn walk_above(&mut self) {
        let mut before = self.event_before();
        let mut above = false;
        loop {
            let vertex =
                (self.vertex < self.skyline.u.len()).then(|| self.vertex_event(self.vertex));
            let post = (self.post < self.strip.s.len()).then(|| self.post_event(self.post));
            let (event, is_post) = match (vertex, post) {
                (Some(vertex), Some(post)) if vertex.u < post.u => (vertex, false),
                (_, Some(post)) => (post, true),
                // Right of the last post there is no strip: the rest of the skyline is not needed.
                (_, None) => {
                    self.vertex = self.skyline.u.len();
                    return;
                }
            };
            let rises = event.over > 0.0;
            if rises != above
                && let Some(before) = before
            {
                self.cross(before, event);
            }
            if above && !rises {
                // The skyline's own vertex is copied later.
                self.post += usize::from(is_post);
                return;
            }
            if !is_post && !rises {
                self.raised.push(event.u, event.s);
            }
            above = rises;
            self.vertex += usize::from(!is_post);
            self.post += usize::from(is_post);
            if is_post && rises {
                self.raised.push(event.u, event.s + event.over);
            }
            before = Some(event);
        }
    }

    /// Adds the point between two events where strip and skyline cross.
    fn cross(&mut self, from: Event, to: Event) {
        let share = (from.over / (from.over - to.over)).clamp(0.0, 1.0);
        let along = |a: f64, b: f64| a + share * (b - a);
        let skyline = along(from.s, to.s);
        let strip = along(from.s + from.over, to.s + to.over);
        // The flatter of the two gives the height with less rounding.
        let skyline_is_flatter =
            (to.s - from.s).abs() <= (to.s + to.over - from.s - from.over).abs();
        self.raised.push(along(from.u, to.u), if skyline_is_flatter { skyline } else { strip });
    }

    fn vertex_event(&self, at: usize) -> Event {
        Event { u: self.skyline.u[at], s: self.skyline.s[at], over: self.over_vertices[at] }
    }

    fn post_event(&self, at: usize) -> Event {
        let over = self.over_posts[at];
        Event { u: self.strip.u(at), s: self.strip.s[at] - over, over }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_skyline_is_the_highest_of_all_profiles(
            half in 1_usize..7,
            heights_m in proptest::collection::vec(-20_i8..20, 11 * 13),
        ) {
            let profiles: Vec<(f64, f64, Vec<f64>)> = heights_m
                .chunks(13)
                .zip(1_u8..)
                .map(|(row, axial)| {
                    let reach = half.min(usize::from(axial));
                    let s = row[..=2 * reach].iter().map(|&m| f64::from(m) / f64::from(axial));
                    (f64::from(axial), -(reach as f64), s.collect())
                })
                .collect();
            let strip = |(axial, first, s): &'_ (f64, f64, Vec<f64>)| (*axial, *first, s.clone());
            let mut envelope = Envelope::default();
            let mut over = Vec::new();
            for (at, profile) in profiles.iter().enumerate() {
                let (axial, first, s) = strip(profile);
                let strip = Strip { axial, first, s: &s };
                if at == 0 {
                    envelope.begin(&strip);
                    continue;
                }
                envelope.pass(&strip, &mut over);
                for (post, &s) in strip.s.iter().enumerate() {
                    let u = (first + post as f64) / axial;
                    let highest = profiles[..at].iter().map(|profile| height(profile, u));
                    let highest = highest.fold(f64::NEG_INFINITY, f64::max);
                    prop_assert!((s - over[post] - highest).abs() < 1e-9);
                }
            }
        }
    }

    /// A profile in a direction, by linear interpolation.
    fn height((axial, first, s): &(f64, f64, Vec<f64>), u: f64) -> f64 {
        let x = (u * axial - first).clamp(0.0, s.len() as f64 - 1.0);
        let whole = (x + 1e-12).floor();
        let near = (0..s.len()).find(|&at| (at as f64 - whole).abs() < 0.5).unwrap();
        s[near] + (x - whole) * (s[(near + 1).min(s.len() - 1)] - s[near])
    }
}
