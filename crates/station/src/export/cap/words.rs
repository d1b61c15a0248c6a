//! What an alert says to people, in English and Arabic; the words are those of the page.

use sight::sector::Text;
use watch::alert::{Alert, AlertKind, Outcome, Stage};

/// The languages of every message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Arabic,
}

/// The words for one kind of alert in one language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    language: Language,
    pub(super) event: &'static str,
}

impl Language {
    pub(super) const ALL: [Self; 2] = [Self::English, Self::Arabic];

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Arabic => "ar",
        }
    }

    pub(super) fn pick(self, text: &Text) -> &str {
        match self {
            Self::English => &text.en,
            Self::Arabic => &text.ar,
        }
    }
}

impl Words {
    pub(super) fn of(kind: &AlertKind, language: Language) -> Self {
        let [english, arabic] = match kind {
            AlertKind::CrossingPredicted { .. } => ["Crossing predicted", "عبور متوقَّع"],
            AlertKind::Crossed => ["Line crossed", "عبور الخط"],
            AlertKind::PossibleDistress { .. } => ["Possible distress", "احتمال استغاثة"],
            AlertKind::SightLost { .. } => ["Sight lost", "فقدان الرؤية"],
            AlertKind::SensorLost => ["Sensor lost", "فقدان مجسّ"],
            AlertKind::CalledForHelp { .. } => ["Call for help", "نداء استغاثة"],
            AlertKind::Approach { .. } => ["Approach", "اقتراب"],
            AlertKind::Loitering { .. } => ["Loitering", "تلكّؤ"],
            AlertKind::ZoneEntry => ["Zone entered", "دخول منطقة"],
            AlertKind::BarrierDamage => ["Barrier damaged", "ضرر في حاجز"],
            AlertKind::GroundPattern { .. } => ["Ground sensors hit", "نمط مجسّات أرضية"],
            AlertKind::Unwatched { .. } => ["Line unwatched", "خط غير مراقَب"],
            AlertKind::DustAhead { .. } => ["Dust ahead", "غبار متوقَّع"],
        };
        let event = match language {
            Language::English => english,
            Language::Arabic => arabic,
        };
        Self { language, event }
    }

    /// What and where, in one line.
    pub(super) fn headline(&self, km: Option<f64>) -> String {
        match km {
            Some(_) => format!("{}, {}", self.event, self.place(km)),
            None => self.event.to_owned(),
        }
    }

    pub(super) fn place(&self, km: Option<f64>) -> String {
        match (self.language, km) {
            (Language::English, Some(km)) => format!("kilometre {km} of the line"),
            (Language::English, None) => "the line".to_owned(),
            (Language::Arabic, Some(km)) => format!("الكيلومتر {km} من الخط"),
            (Language::Arabic, None) => "الخط".to_owned(),
        }
    }

    /// What is known and what became of it.
    pub(super) fn description(&self, alert: &Alert) -> String {
        let mut sentences = Vec::new();
        sentences.extend(self.figure(&alert.kind));
        sentences.push(self.stage(&alert.stage));
        if alert.needs_help == Some(true) {
            sentences.push(self.either("Somebody needs help.", "هناك من يحتاج إلى مساعدة."));
        }
        sentences.join(" ")
    }

    fn figure(&self, kind: &AlertKind) -> Option<String> {
        let figure = match kind {
            AlertKind::CrossingPredicted { in_s } => {
                let minutes = (in_s / 60.0).ceil();
                match self.language {
                    Language::English => {
                        format!(
                            "Expected to reach the line in {minutes} min from when it was raised."
                        )
                    }
                    Language::Arabic => {
                        format!("يُتوقَّع الوصول إلى الخط خلال {minutes} دقيقة من وقت الإنذار.")
                    }
                }
            }
            AlertKind::PossibleDistress { still_s } => {
                let minutes = (still_s / 60.0).floor();
                match self.language {
                    Language::English => format!("Has not moved for {minutes} min."),
                    Language::Arabic => format!("لا حركة منذ {minutes} دقيقة."),
                }
            }
            AlertKind::SightLost { length_m } => {
                let km = (length_m / 100.0).round() / 10.0;
                match self.language {
                    Language::English => format!("{km} km of the line are blind."),
                    Language::Arabic => format!("{km} كم من الخط غير مرئية."),
                }
            }
            AlertKind::Unwatched { length_m, for_s } => {
                let (km, minutes) = ((length_m / 100.0).round() / 10.0, (for_s / 60.0).floor());
                match self.language {
                    Language::English => {
                        format!("{km} km of the line have been blind for {minutes} min.")
                    }
                    Language::Arabic => format!("{km} كم من الخط غير مرئية منذ {minutes} دقيقة."),
                }
            }
            AlertKind::DustAhead { in_s, for_s } => {
                let (ahead, lasts) = ((in_s / 60.0).round(), (for_s / 60.0).round());
                match self.language {
                    Language::English => {
                        format!("Expected {ahead} min from when it was raised, for {lasts} min.")
                    }
                    Language::Arabic => {
                        format!("متوقَّع بعد {ahead} دقيقة من وقت الإنذار، لمدة {lasts} دقيقة.")
                    }
                }
            }
            AlertKind::Crossed
            | AlertKind::SensorLost
            | AlertKind::CalledForHelp { .. }
            | AlertKind::Approach { .. }
            | AlertKind::Loitering { .. }
            | AlertKind::ZoneEntry
            | AlertKind::BarrierDamage
            | AlertKind::GroundPattern { .. } => return None,
        };
        Some(figure)
    }

    fn stage(&self, stage: &Stage) -> String {
        match stage {
            Stage::Raised => self.either("Not acknowledged yet.", "لم يُؤكَّد الاستلام بعد."),
            Stage::Acknowledged { .. } => self.either("Acknowledged.", "تم تأكيد الاستلام."),
            Stage::Assigned { unit, .. } => match self.language {
                Language::English => format!("Assigned to {}.", unit.0),
                Language::Arabic => format!("أُسند إلى {}.", unit.0),
            },
            Stage::Closed { outcome, .. } => match self.language {
                Language::English => format!("Closed: {}.", self.outcome(*outcome)),
                Language::Arabic => format!("أُغلق: {}.", self.outcome(*outcome)),
            },
        }
    }

    fn outcome(&self, outcome: Outcome) -> String {
        match outcome {
            Outcome::Person => self.either("person", "شخص"),
            Outcome::Animal => self.either("animal", "حيوان"),
            Outcome::Herder => self.either("herder", "راعٍ"),
            Outcome::Lawful => self.either("lawful crossing", "عبور قانوني"),
            Outcome::Assisted => self.either("person assisted", "شخص قُدّمت له المساعدة"),
            Outcome::Nothing => self.either("nothing there", "لا شيء هناك"),
            Outcome::Restored => self.either("restored", "عاد إلى العمل"),
            Outcome::Test => self.either("test", "اختبار"),
        }
    }

    fn either(&self, english: &str, arabic: &str) -> String {
        match self.language {
            Language::English => english.to_owned(),
            Language::Arabic => arabic.to_owned(),
        }
    }
}
