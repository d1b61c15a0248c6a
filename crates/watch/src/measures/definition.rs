//! What each measure means, in both languages. A change of meaning is a new version, told beside the figure.

/// A measure's meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    pub id: &'static str,
    pub version: u32,
    pub en: &'static str,
    pub ar: &'static str,
}

/// All measures, in the order in which reports print them.
pub const DEFINITIONS: [Definition; 12] = [
    Definition {
        id: "interdiction",
        version: 1,
        en: "Interdiction effectiveness: (apprehended + turned back) / (apprehended + turned back + got away), of known attempts.",
        ar: "فاعلية الاعتراض: (الموقوفون + المعادون) / (الموقوفون + المعادون + المتسللون)، من المحاولات المعروفة.",
    },
    Definition {
        id: "interruption",
        version: 1,
        en: "Probability of interruption of a corridor: that of its worst path (EASI), in nominal and in present weather.",
        ar: "احتمال قطع الطريق في ممر: احتمال أسوأ مساراته (EASI)، في الطقس الاعتيادي والحالي.",
    },
    Definition {
        id: "persistent-coverage",
        version: 1,
        en: "Persistent coverage: the share of line-hours in which detection had a probability of at least 0.9. What is unknown is not covered.",
        ar: "التغطية المستمرة: نسبة ساعات الخط التي كان فيها احتمال الكشف 0.9 على الأقل. المجهول غير مغطى.",
    },
    Definition {
        id: "demonstrated-detection",
        version: 1,
        en: "Demonstrated detection: the one-sided 95 % lower bound (Clopper-Pearson) of what hidden walk tests showed.",
        ar: "الكشف المثبت: الحد الأدنى أحادي الجانب بثقة 95 % (كلوبر-بيرسون) لما أظهرته اختبارات السير الخفية.",
    },
    Definition {
        id: "alarm-quality",
        version: 1,
        en: "Alarm quality: the share of judged alarms that a person had to know of (neither animals, herders, lawful passage nor nothing); nuisance alarms per sensor and day; alarms per operator and 10 minutes.",
        ar: "جودة الإنذار: نسبة الإنذارات المقيّمة التي كان لا بد أن يعلم بها أحد (لا حيوان ولا راعٍ ولا عبور قانوني ولا لا شيء)؛ الإنذارات المزعجة لكل مستشعر في اليوم؛ الإنذارات لكل مشغل في 10 دقائق.",
    },
    Definition {
        id: "availability",
        version: 1,
        en: "Availability: time at work / (at work + failed + maintenance + weather), each cause apart. Time of which nothing is known is told beside it.",
        ar: "الجاهزية: زمن العمل / (العمل + العطل + الصيانة + الطقس)، كل سبب على حدة. الزمن المجهول يذكر إلى جانبها.",
    },
    Definition {
        id: "timeliness",
        version: 1,
        en: "Timeliness: median and 90th percentile of detection to assessment to dispatch to arrival; the share that arrived before who was seen could vanish.",
        ar: "السرعة: الوسيط والمئين التسعون من الكشف إلى التقييم إلى الإيفاد إلى الوصول؛ ونسبة من وصل قبل أن يتوارى من شوهد.",
    },
    Definition {
        id: "none-seen",
        version: 1,
        en: "None seen, with a bound: at 95 % at most 3.0 / demonstrated detection crossings are expected in stretch-hours that were watched, if crossings do not depend on coverage; without bound in all others.",
        ar: "لم يُر أحد، مع حد: بثقة 95 % يتوقع على الأكثر 3.0 / الكشف المثبت من حالات العبور في ساعات المقاطع المراقبة، إذا كان العبور لا يتعلق بالتغطية؛ وبلا حد في سواها.",
    },
    Definition {
        id: "search",
        version: 1,
        en: "Search: the probability of success, the sum over areas of the chance to be there times the chance to be found; the residual is what is left of 1.",
        ar: "البحث: احتمال النجاح، مجموع حاصل ضرب احتمال الوجود في احتمال العثور عبر المناطق؛ والباقي ما يتمم الواحد.",
    },
    Definition {
        id: "assists",
        version: 1,
        en: "Assists of an asset: outcomes in whose evidence it stands / all outcomes, beside what replay without it no longer shows.",
        ar: "إسهام وسيلة: النتائج التي ترد في أدلتها / كل النتائج، إلى جانب ما لا تظهره الإعادة من دونها.",
    },
    Definition {
        id: "tips",
        version: 1,
        en: "Tips and partners' reports closed on time: those closed by their deadline / those whose deadline has passed.",
        ar: "البلاغات وتقارير الشركاء المغلقة في موعدها: ما أغلق قبل مهلته / ما انقضت مهلته.",
    },
    Definition {
        id: "humanitarian",
        version: 1,
        en: "Humanitarian: time from distress to aid, rescues, deaths, referrals, displacement to harsher ground.",
        ar: "الجانب الإنساني: الزمن من الاستغاثة إلى العون، الإنقاذ، الوفيات، الإحالات، الانزياح إلى أرض أقسى.",
    },
];

/// The definition of that name.
pub fn definition(id: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().find(|definition| definition.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_measure_has_one_definition_in_both_languages() {
        let ids: BTreeSet<&str> = DEFINITIONS.iter().map(|definition| definition.id).collect();
        assert_eq!(ids.len(), DEFINITIONS.len());
        for known in &DEFINITIONS {
            assert_eq!(definition(known.id), Some(known));
            assert!(known.version > 0 && known.en.is_ascii() && !known.ar.is_ascii(), "{known:?}");
        }
        assert_eq!(definition("score-of-a-person"), None);
    }
}
