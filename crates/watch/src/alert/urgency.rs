//! How soon a person must look: by what follows and by how long there is to act.
//!
//! The matrix is of the kind that ISA-18.2 and IEC 62682 ask for (consequence against time to respond); where its borders lie
//! is an assumption of the sector file. It is meant to give about 80 / 15 / 5 % low, medium and high (EEMUA 191).

use sight::sector::{Alerting, Consequence, Rule};

use super::Priority;

/// Priority of what a rule found, with the time left where the finding tells it.
pub fn priority(alerting: &Alerting, rule: Rule, time_left_s: Option<f64>) -> Priority {
    let figures = alerting.rule(rule);
    let left_s = time_left_s.unwrap_or(figures.time_left_s);
    let column = usize::from(left_s <= alerting.soon_s) + usize::from(left_s <= alerting.prompt_s);
    let row = match figures.consequence {
        Consequence::Minor => [Priority::Low, Priority::Low, Priority::Medium],
        Consequence::Serious => [Priority::Low, Priority::Medium, Priority::High],
        Consequence::Grave => [Priority::Medium, Priority::High, Priority::High],
    };
    row[column]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priority_grows_with_what_follows_and_as_time_runs_out() {
        let mut alerting = Alerting::default();
        let mut of = |consequence, left_s| {
            let figures = alerting.rules.get_mut(&Rule::ZoneEntry).unwrap();
            figures.consequence = consequence;
            priority(&alerting, Rule::ZoneEntry, Some(left_s))
        };

        for (consequence, expected) in [
            (Consequence::Minor, [Priority::Low, Priority::Low, Priority::Medium]),
            (Consequence::Serious, [Priority::Low, Priority::Medium, Priority::High]),
            (Consequence::Grave, [Priority::Medium, Priority::High, Priority::High]),
        ] {
            assert_eq!([7_200.0, 1_800.0, 120.0].map(|left_s| of(consequence, left_s)), expected);
        }
    }

    #[test]
    fn whoever_is_in_distress_comes_first_as_shipped() {
        let alerting = Alerting::default();
        for rule in Rule::ALL {
            let shipped = priority(&alerting, rule, None);
            assert_eq!(rule.is_distress() || rule == Rule::Crossed, shipped == Priority::High);
        }
    }
}
