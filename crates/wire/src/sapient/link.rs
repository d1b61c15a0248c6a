//! What messages of several kinds share: moments, files, links between detections, filter words.

use prost::{Enumeration, Message};

/// Another detection with which this one belongs.
#[derive(Clone, PartialEq, Message)]
pub struct AssociatedDetection {
    #[prost(message, optional, tag = "1")]
    pub timestamp: Option<Timestamp>,
    /// Mandatory; UUID.
    #[prost(string, optional, tag = "2")]
    pub node_id: Option<String>,
    /// Mandatory; ULID.
    #[prost(string, optional, tag = "3")]
    pub object_id: Option<String>,
    #[prost(enumeration = "AssociationRelation", optional, tag = "4")]
    pub association_type: Option<i32>,
}

/// A file that belongs with a message.
#[derive(Clone, PartialEq, Message)]
pub struct AssociatedFile {
    /// Mandatory.
    #[prost(string, optional, tag = "1")]
    pub kind: Option<String>,
    /// Mandatory: where to fetch it.
    #[prost(string, optional, tag = "2")]
    pub url: Option<String>,
}

/// How two detections belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum AssociationRelation {
    Unspecified = 0,
    NoRelation = 1,
    Parent = 2,
    Child = 3,
    Sibling = 4,
}

/// Comparison of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum Operator {
    Unspecified = 0,
    All = 1,
    GreaterThan = 2,
    LessThan = 3,
    Equal = 4,
}

/// What a region is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum RegionType {
    Unspecified = 0,
    AreaOfInterest = 1,
    Ignore = 2,
    Boundary = 3,
    MobileNodeNoGoArea = 4,
    MobileNodeGoArea = 5,
}

/// A moment: seconds and nanoseconds since 1970 UTC (`google.protobuf.Timestamp`).
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct Timestamp {
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    /// 0 to 999 999 999, counted forward in time even before 1970.
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

/// A timestamp outside the years -9999 to 9999, or with impossible nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("timestamp must be a moment of the calendar, got {seconds} s and {nanos} ns")]
pub struct NoSuchMoment {
    pub seconds: i64,
    pub nanos: i32,
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(moment: jiff::Timestamp) -> Self {
        let (seconds, nanos) = (moment.as_second(), moment.subsec_nanosecond());
        // jiff counts a moment before 1970 backward in both parts, protobuf only in the first.
        if nanos < 0 {
            Self { seconds: seconds - 1, nanos: nanos + 1_000_000_000 }
        } else {
            Self { seconds, nanos }
        }
    }
}

impl TryFrom<Timestamp> for jiff::Timestamp {
    type Error = NoSuchMoment;

    fn try_from(moment: Timestamp) -> Result<Self, NoSuchMoment> {
        let Timestamp { seconds, nanos } = moment;
        let fault = NoSuchMoment { seconds, nanos };
        if !(0..1_000_000_000).contains(&nanos) {
            return Err(fault);
        }
        Self::new(seconds, nanos).map_err(|_outside| fault)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_moment_before_1970_counts_its_nanoseconds_forward() {
        let moment = jiff::Timestamp::new(-1, -250_000_000).unwrap();

        assert_eq!(Timestamp::from(moment), Timestamp { seconds: -2, nanos: 750_000_000 });
    }

    #[test]
    fn moments_outside_the_calendar_are_refused() {
        for (seconds, nanos) in [(i64::MAX, 0), (i64::MIN, 0), (0, -1), (0, 1_000_000_000)] {
            assert!(jiff::Timestamp::try_from(Timestamp { seconds, nanos }).is_err());
        }
    }

    proptest! {
        #[test]
        fn a_moment_comes_back_as_it_was(seconds in -62_135_596_800_i64..253_402_300_799, nanos in 0..1_000_000_000) {
            let wire = Timestamp { seconds, nanos };

            let moment = jiff::Timestamp::try_from(wire).unwrap();

            prop_assert_eq!(Timestamp::from(moment), wire);
        }
    }
}
