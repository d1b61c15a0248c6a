//! The collections: their names, their words, their columns and how their rows are made.

use clap::ValueEnum;
use sight::sector::Sector;

use super::table::{Feature, Field, fields};
use super::{coverage, happened, incident, moving, standing};
use crate::runtime::live::Picture;

pub use super::coverage::{pictures, watched_ground};

/// A kind of thing that maps are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Collection {
    /// The watched line
    Line,
    /// Its stretches with their watch state
    Stretches,
    /// Sensors where they are
    Sensors,
    /// Fields of view, and the ground that is watched
    Coverage,
    /// Tracks where they are
    Tracks,
    /// Tracks as the lines that they went
    Trails,
    /// Alerts
    Alerts,
    /// Units where they were last heard of
    Units,
    /// What happened, put together from alerts
    Incidents,
    /// What came too late to move a track
    Evidence,
}

impl Collection {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 10] = [
        Self::Line,
        Self::Stretches,
        Self::Sensors,
        Self::Coverage,
        Self::Tracks,
        Self::Trails,
        Self::Alerts,
        Self::Units,
        Self::Incidents,
        Self::Evidence,
    ];

    /// Its name in addresses and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Stretches => "stretches",
            Self::Sensors => "sensors",
            Self::Coverage => "coverage",
            Self::Tracks => "tracks",
            Self::Trails => "trails",
            Self::Alerts => "alerts",
            Self::Units => "units",
            Self::Incidents => "incidents",
            Self::Evidence => "evidence",
        }
    }

    /// Whether it tells what people did, or of somebody who may be a person, the watch's own people among them.
    pub fn is_about_people(self) -> bool {
        match self {
            Self::Tracks
            | Self::Trails
            | Self::Alerts
            | Self::Incidents
            | Self::Evidence
            | Self::Units => true,
            Self::Line | Self::Stretches | Self::Sensors | Self::Coverage => false,
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|collection| collection.name() == name)
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Line => "The watched line",
            Self::Stretches => "Stretches and their watch state",
            Self::Sensors => "Sensors",
            Self::Coverage => "Fields of view and watched ground",
            Self::Tracks => "Tracks",
            Self::Trails => "Where tracks were",
            Self::Alerts => "Alerts",
            Self::Units => "Units",
            Self::Incidents => "Incidents",
            Self::Evidence => "Late evidence",
        }
    }

    pub fn description(self) -> &'static str {
        match self {
            Self::Line => "The line that the sector watches, from its beginning to its end.",
            Self::Stretches => {
                "Every piece of the line: how well it is watched now, what keeps it from being watched, and what would help most."
            }
            Self::Sensors => {
                "Every sensor where it is now, how it is, and how far its word is believed."
            }
            Self::Coverage => {
                "The field of view of each sensor, as far as it may look, whatever the ground hides; and the ground where a mover \
                 who stays a minute is detected with at least the chance given, terrain and weather included."
            }
            Self::Tracks => "Each thing that is followed, where it is now.",
            Self::Trails => "The same things as the lines that they went lately, smoothed.",
            Self::Alerts => {
                "Every call on a person's attention, open or closed, where it is about."
            }
            Self::Units => "Everyone who can be sent, where last heard of.",
            Self::Incidents => {
                "What happened: alerts about one track together, any other alert by itself."
            }
            Self::Evidence => "What was told too late to move a track, and what it bears on.",
        }
    }

    /// Its columns.
    pub fn fields(self) -> Vec<Field> {
        match self {
            Self::Line => fields(standing::LINE),
            Self::Stretches => fields(standing::STRETCHES),
            Self::Sensors => fields(standing::SENSORS),
            Self::Coverage => fields(coverage::COVERAGE),
            Self::Tracks | Self::Trails => fields(moving::TRACKS),
            Self::Alerts => fields(happened::ALERTS),
            Self::Units => fields(moving::UNITS),
            Self::Incidents => fields(incident::INCIDENTS),
            Self::Evidence => fields(happened::EVIDENCE),
        }
    }

    /// Whether its features are numbered rather than named.
    pub fn is_numbered(self) -> bool {
        match self {
            Self::Line | Self::Sensors | Self::Coverage | Self::Units => false,
            Self::Stretches
            | Self::Tracks
            | Self::Trails
            | Self::Alerts
            | Self::Incidents
            | Self::Evidence => true,
        }
    }
}

/// Every feature of a collection as things stand, in the order of their ids; `watched` is [`watched_ground`].
pub fn rows(
    of: Collection,
    sector: &Sector,
    picture: &Picture,
    watched: &[Feature],
) -> Vec<Feature> {
    let mut rows = match of {
        Collection::Line => standing::line(sector),
        Collection::Stretches => standing::stretches(sector, picture),
        Collection::Sensors => standing::sensors(sector, picture),
        Collection::Coverage => {
            let mut rows = coverage::fields_of_view(sector, picture);
            rows.extend_from_slice(watched);
            rows
        }
        Collection::Tracks => moving::tracks(sector, picture),
        Collection::Trails => moving::trails(sector, picture),
        Collection::Alerts => happened::alerts(sector, picture),
        Collection::Units => moving::units(sector, picture),
        Collection::Incidents => incident::incidents(sector, picture),
        Collection::Evidence => happened::evidence(sector, picture),
    };
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    rows
}
