# العربية. Every key here must be in the other files too, with the same variables.

language-name = العربية
language-direction = rtl
language-digits = arab
language-locale = ar-IQ
product = خط الرصد
demo = عرض تجريبي
utc = توقيت عالمي
speed = × { NUMBER($n, maximumFractionDigits: 1) }
km = كم
separator = { "، " }
waiting-for-station = في انتظار المحطة …

## The link to the station
link-connecting = جارٍ الاتصال …
link-live = اتصال مباشر
link-silent = لا خبر من المحطة
link-updated = قبل { $n } ث
stale-title = المحطة صامتة.
stale-text = هذه الصورة من الساعة { $time } بالتوقيت العالمي وليست آنية. تجري إعادة المحاولة.

## How the page looks
theme = المظهر
theme-dark = داكن
theme-day = نهاري
theme-red = أحمر ليلي
language = اللغة
digits = الأرقام
help = المفاتيح والإعدادات

## The strip
strip-title = الخط
strip-label = الخط بحسب الكيلومتر. الأسهم تنقلك على امتداده.
strip-none-chosen = لم يُختر أي مقطع
strip-stretch = كم { $from }–{ $to }، { $state }، { $chance }
strip-pin = { $kind }، كم { $km }، { $stage }
strip-now = الآن
strip-ago = – { $span }
strip-coming = التوقع: { $km } كم بلا مراقبة عند { $at }، الأكثر في الساعات { $n } القادمة
strip-past = حالة رصد الخط خلال آخر { $span }
state-watched = مرصود
state-degraded = رصد ضعيف
state-blind = غير مرئي
state-unknown = غير معلوم
weather-dust = غبار
weather-visibility = الرؤية { $distance }
weather-wind = الريح { $speed } م/ث
weather-from = على بعد { $distance } من الخط، عند { $at }

## Figures
span-seconds = { NUMBER($n) } ث
span-minutes = { NUMBER($n) } د
span-hours = { NUMBER($n, maximumFractionDigits: 1) } س
metres = { NUMBER($n) } م
kilometres = { NUMBER($n, maximumFractionDigits: 1) } كم
speed-kmh = { $n } كم/س
climbs = تصعد { $n } م/ث
sinks = تهبط { $n } م/ث
keeps-height = تحافظ على ارتفاعها
above-ground = { $n } م فوق الأرض
above-sea = { $n } م فوق سطح البحر
height-give-or-take = { $height } م ± { $error } م
degrees = { $n }°
ago = قبل { $span }
at-km = كم { $km }
km-range = كم { $from }–{ $to }

## The map
map-label = خريطة القاطع
map-tools = عرض الخريطة
map-closer = تقريب
map-farther = إبعاد
map-whole = عرض القاطع كله
map-failed = تفيد الخريطة:
legend-coverage = احتمال رؤية سائر على قدميه خلال دقيقة
legend-corridors = احتمال كشف أفضل عبور يمر من هنا
legend-layers = الطبقات
layer-coverage = التغطية
layer-corridors = طرق العبور
layer-fields = مجالات الرؤية
layer-trails = المسارات السابقة

## Attention
attention-count =
    { $n ->
        [zero] لا إنذار ينتظر أحدًا
        [one] إنذار واحد ينتظر من يستلمه
        [two] إنذاران ينتظران من يستلمهما
        [few] { $n } إنذارات تنتظر من يستلمها
        [many] { $n } إنذارًا ينتظر من يستلمه
       *[other] { $n } إنذار ينتظر من يستلمه
    }
attention-waits = ينتظر منذ { $span }
attention-none = لا إنذار ينتظر أحدًا

## Lists
lists = القوائم
find = بحث في هذه القائمة ( / )
tab-alerts = الإنذارات
tab-tracks = الآثار
tab-sensors = المجسّات
tab-units = الوحدات
tab-stretches = المقاطع
tab-places = الأماكن
empty-alerts = لا إنذارات.
empty-tracks = لا آثار. انظر الشريط لمعرفة كم من الخط مرصود.
empty-found = لا نتائج.

## Alerts
kind-crossing-predicted = عبور متوقَّع
kind-crossed = عبور الخط
kind-possible-distress = احتمال استغاثة
kind-sight-lost = فقدان الرؤية
kind-sensor-lost = فقدان مجسّ
kind-called-for-help = نداء استغاثة
call-emergency = يطلب النجدة
call-attention = يقرع الجرس
call-in-contact = في مواجهة
call-geofence-left = غادر المنطقة المحددة له
call-other = ينادي
figure-called-off = سحب الجهاز النداء، والقرار لشخص.
stage-raised = ينتظر
stage-acknowledged = مُستلَم
stage-assigned = مُكلَّف
stage-closed = مُغلق
priority-high = أولوية عالية
priority-medium = أولوية متوسطة
priority-low = أولوية منخفضة
figure-reaches-in = قد يبلغ الخط خلال { $span }
figure-still = لم يتحرك منذ { $span }
figure-sight-lost = { $distance } من الخط غير مرئية
stage-waits = لم يستلمه أحد منذ { $span }
stage-by = { $stage } من { $by }
stage-with = لدى { $unit }، أرسلها { $by }
stage-ended = أُغلق: { $outcome }
fact-priority = الأولوية
fact-confidence = درجة التأكد
fact-watch-there = الخط هناك
fact-track = الأثر
fact-sensor = المجسّ
help-question = هل يحتاج أحد إلى مساعدة؟
needs-help-short = يحتاج إلى مساعدة
yes = نعم
no = لا
acknowledge = استلام
dispatch = إرسال
close = إغلاق
history = السجل
by-rule = قاعدة
act-raised = أُطلق
act-escalated = رُفعت أولويته
act-acknowledged = استُلم
act-needs-help = أحدهم يحتاج إلى مساعدة
act-needs-no-help = لا أحد يحتاج إلى مساعدة
act-dispatched = أُرسلت وحدة
act-task-sent = أُرسلت المهمة
act-task-accepted = قُبلت المهمة
act-task-declined = رُفضت المهمة
act-on-scene = الوحدة في الموقع
act-task-done = أُنجزت المهمة
act-closed = أُغلق
act-called-off = سحبه الجهاز
act-called-again = نادى مجددًا
rule-still = بقي شخص ساكنًا مدة طويلة
rule-crossed = أثر كان وراء الخط وصار داخله
rule-heads = أثر يتجه نحو الخط
rule-sensor-lost = مجسّ كان يعمل كفّ عن الرؤية
rule-sensor-distrusted = مجسّ لا يُعتدّ به: يناقضه آخرون أو قرر ذلك شخص
rule-clock-off = ساعة مجسّ خاطئة: لا يُعتمد توقيتها
rule-sight-lost = مقاطع كانت مرصودة صارت غير مرئية أو غير معلومة
rule-called = شخص يطلب النجدة بجهازه

## Dispatch
dispatch-title = إرسال وحدة
dispatch-who = من يذهب (الأرقام أو الأسهم)، والأسرع وصولًا في الأعلى
dispatch-computing = تُحسب الطرق على الأرض …
dispatch-nobody = لا وحدة يمكن اقتراحها.
dispatch-task = المهمة
dispatch-send = أرسل
busy = في مهمة
free = متفرغة
no-way = لا طريق إليه
task-observe = مراقبة
task-approach = اقتراب
task-assist = مساعدة
task-inspect = معاينة
task-escort = مرافقة
task-search = بحث
task-stage-sent = أُرسلت
task-stage-accepted = قُبلت
task-stage-declined = رُفضت
task-stage-on-scene = في الموقع
task-stage-done = أُنجزت
task-travel = الوصول المتوقع خلال { $span }
task-by = أرسلها { $by }:
task-alert = الإنذار { $id }
reason = السبب (يُدوَّن في السجل)
reason-ready = أسباب جاهزة
reason-nearest = الأسرع وصولًا
reason-help = قد يحتاج أحد إلى مساعدة
reason-ground = تعرف الأرض
reason-others-needed = الوحدات الأقرب لازمة في مواقعها
reason-unit-saw = شاهدته الوحدة في الموقع
reason-camera-saw = شوهد بالكاميرا
reason-sensor-back = عاد المجسّ إلى الإبلاغ
reason-test = اختبار معلن
lacks-unit = اختر وحدة.
lacks-reason = اذكر السبب.
lacks-outcome = اختر النتيجة.
cancel = رجوع

## Closing
close-title = إغلاق الإنذار
close-outcome = ماذا كان
close-send = أغلق الإنذار
close-help-unanswered = لم يجب أحد بعد هل يحتاج أحد إلى مساعدة.
outcome-person = شخص
outcome-animal = حيوان
outcome-herder = راعٍ
outcome-lawful = عبور قانوني
outcome-assisted = شخص قُدّمت له المساعدة
outcome-nothing = لا شيء هناك
outcome-restored = عاد إلى العمل
outcome-test = اختبار

## Tracks
class-person = شخص
class-group = مجموعة
class-vehicle = مركبة
class-animal = حيوان
class-aircraft = طائرة
class-unknown = غير معلوم النوع
track-title = الأثر { $id }
track-exists = وجوده: { $chance }
track-seen-by = رصده
track-also = معروف أيضًا بالأرقام { $ids }
track-lost = لا يتابعه أحد الآن. يظهر في آخر مكان عُرف فيه لأنه مثبَّت.
track-pinned = مثبَّت: يبقى في الصورة.
track-handed = سُلِّم إلى القطاع { $sector }
fact-identity = معروف على طول الخط باسم
track-merge = هو نفسه
track-split = افصل
track-relabel = النوع
track-pin = ثبّت
track-unpin = ألغِ التثبيت
track-undo = تراجع
track-say = أكِّد
track-merge-title = الأثران واحد
track-split-title = الأثر اثنان
track-relabel-title = ما هو
track-pin-title = إبقاء الأثر في الصورة
track-undo-title = سحب القول
track-merge-with = هو نفس
track-merge-nobody = لا يوجد أثر آخر.
track-split-since = هو غيره منذ
track-split-sensors = أو: هذه المجسّات ترصد غيره
track-relabel-what = مهما قالت المجسّات، هو
track-pin-what = يبقى على الخريطة مهما ضعف، حتى يلغي أحد تثبيته.
track-acts = ما قاله الناس
track-undone = سحبه { $by }
track-act-merge = هو نفس غيره
track-act-split = صار غيره منذئذ
track-act-split-sensors = مجسّات ترصد غيره
track-act-relabel = حُدّد نوعه
track-act-pin = ثُبّت
evidence-title = لا يحرّك أثرًا وحُفظ دليلًا
evidence-arrived = وصل بعد { $span }
evidence-arrived-at = وصل في { $at }
evidence-older = { $n } أقدم
evidence-place = ضمن { $distance }
evidence-direction = باتجاه { $n }°
kept-why-late = متأخر على التتبع
kept-why-clock = بساعة لا يُعتمد توقيتها
kept-link-was-there = كان هناك حينها
kept-link-may-have-come = ربما جاء من هناك
lineage = مما تكوّن
snapshots = صور له
snapshot = صورة من { $camera }، { $at }
lineage-none = لا قياسات محفوظة.
lineage-forgotten = { $n } من القياسات الأقدم في السجل وحده.
reason-track-mistaken = التبس الأثران
lacks-track = اختر أثرًا.
lacks-class = اختر ما هو.
direction-title = باتجاه { $n }°
direction-what = شوهد في هذا الاتجاه، ولا أحد يعرف بُعده بعد. نظرة من مكان آخر أو قياس للمدى يجعله أثرًا.
fact-width = إلى كل جانب
fact-ranges = المدى، تسع مرات من عشر
fact-first-seen = أول مشاهدة
seen-ago = شوهد قبل { $span }
fact-class = التأكد من النوع
fact-existence = التأكد من الوجود
fact-speed = السرعة
fact-heading = الاتجاه
fact-above-ground = الارتفاع عن الأرض
fact-above-sea = الارتفاع عن سطح البحر
fact-climb = الصعود
fact-uncertainty = هامش الخطأ
fact-seen = آخر مشاهدة
fact-place = المكان

## Sensors
sensor-thermal-camera = كاميرا حرارية
sensor-visible-camera = كاميرا نهارية
sensor-radar = رادار
sensor-ground-sensor = مجسّ أرضي
sensor-balloon = منطاد
sensor-drone = طائرة مسيّرة
sensor-observer = مراقب
sensor-checkpoint = نقطة تفتيش
health-working = يعمل
health-down = متوقف
health-stale = صامت
health-never-heard = لم يُسمع منه
health-obscured = يرى أقل مما يفسّره الطقس
health-quarantined = لا يُعتدّ به
standing-unverified = غير متحقق منه
standing-trusted = موثوق
standing-doubted = مشكوك فيه
standing-quarantined = لا يُعتدّ به
finding-turned = يشير إلى يمين الموضع الصحيح بمقدار
finding-displaced = يبلّغ عن مسافات أبعد بمقدار
finding-leans-across = يميل خطؤه إلى جانب بمقدار
finding-leans-along = يميل خطؤه في المدى بمقدار
finding-noisy = خطؤه أكبر مما يدّعي، التباين
finding-contradicted = يرى الآخرون من بلاغاته
finding-ordered = قرار شخص
note-connection-lost = انقطع الاتصال
note-no-heartbeat = لا نبض
clock-unknown = غير معروفة بعد
clock-steady = ثابتة
clock-drifting = تنحرف: لا أحد يضبطها
clock-off = خاطئة: لا يُعتمد توقيتها
clock-ahead = متقدمة { $n } ث منذ { $at }
clock-behind = متأخرة { $n } ث منذ { $at }، أو طالت الطريق إليها
clock-drifts = بمقدار { $n } ث في اليوم
fact-flood = أُسقط: يبلّغ أكثر مما يُحفظ
flood-last = آخرها { $at }
fact-clock = الساعة
fact-clock-taken-off = يُطرح من توقيتها
fact-clock-steps = قفزات ساعتها حتى الآن
seconds = { $n } ث
heard-ago = قبل { $span }
detections = { $n } كشف
correct-clock = صحّح ساعته
correct-clock-title = طرح الخطأ من توقيتاته
correct-clock-what = ساعته خاطئة بقدر ما وُجد. يُطرح ذلك من الآن فصاعدًا، ويُعتدّ ثانيةً بما يبلّغه.
trust-clock = ساعته صحيحة
trust-clock-title = الثقة بتوقيتاته كما هي
trust-clock-what = ساعته صحيحة، لكن رسائله تستغرق وقتًا أطول أو أقصر مما كانت.
trust-sensor = ثق به ثانيةً
trust-sensor-title = الثقة بهذا المجسّ
trust-sensor-what = يُعتدّ ثانيةً بما يبلّغه مهما وُجد.
quarantine-sensor = لا تثق به
quarantine-sensor-title = عدم الثقة بهذا المجسّ
quarantine-sensor-what = يُحفظ ما يبلّغه ولا يحرّك أثرًا، ولا يُعدّ أي مقطع مرصودًا به.
reason-clock-set = ضُبطت ساعته خطأً
reason-clock-known = تُحقّق من ذلك مع المركز باللاسلكي
reason-way-longer = غُيّرت وصلته
reason-sensor-checked = فُحص ووُجد سليمًا
reason-sensor-lies = يبلّغ ما ليس موجودًا
reason-sensor-works-on = أحدهم يعمل عليه
fact-health = الحالة
fact-standing = الثقة
fact-obscured = يرى مما ينبغي أن يراه
fact-clutter = البلاغات الكاذبة قياسًا إلى المتوقع
times = { $n } ×
fact-heard = آخر خبر
fact-detections = الكشوف
fact-range = المدى
fact-field = مجال الرؤية
fact-height = الارتفاع عن الأرض
all-round = من كل الجهات
field-facing = عرضه { $width }° واتجاهه { $facing }°

## Units
mobility-foot = راجلة
mobility-vehicle = بمركبة
agency-border-guard = حرس الحدود
agency-army = الجيش
agency-police = الشرطة
agency-tribal-force = قوة عشائرية
agency-civil-defence = الدفاع المدني
agency-ranger = حراس المحمية
agency-rescue = الإنقاذ
agency-customs = الجمارك
fact-mobility = التنقل
fact-task = المهمة

## Stretches
stretch-title = كم { $from }–{ $to }
stretch-chance = احتمال كشف العبور هنا
stretch-high = حتى { $chance } إن كانت المعطيات أفضل من المفترض
stretch-crossing = يستغرق عبور السائر نحو { $span }
stretch-unknown = ما يرصد هذا المقطع لم يُسمع منه. عُدَّه غير مرئي.
crossing-title = لو عبر أحد من هنا
crossing-met = احتمال ملاقاته قبل أن يتم العبور
crossing-response = تصل أول وحدة بعد الكشف بنحو { $span }.
crossing-no-response = لا تستطيع أي وحدة بلوغ موضع خروجه.
crossing-timeline = مراحل الطريق: عرضها بقدر زمنها، وامتلاؤها بقدر احتمال الكشف فيها. المخطط: بعد فوات الأوان.
crossing-far = الحافة البعيدة
crossing-near = الحافة القريبة
crossing-critical = الحلقة على الخريطة هي آخر موضع يفيد فيه الكشف، وما خُطِّط يأتي بعد فوات الأوان.
crossing-never = لا يفيد أي كشف على هذا الطريق.
crossing-assumed = بافتراض { $alarm } لإطلاق الإنذار، وسماع { $heard } من النداءات، وانطلاق الوحدات من مواقعها الآن.
crossing-none = لا طريق يمر عبر هذا المقطع.
crossing-failed = لم تُجب المحطة كيف يُعبر هذا المقطع.
crossing-mark = آخر كشف مفيد
stretch-why = السبب
stretch-without = لولاه لبلغ الاحتمال { $chance }
stretch-fine = لا شيء يعيق الرصد.
stretch-repair = أيسر إصلاح
repair-restore-sensor = إعادة المجسّ إلى العمل
repair-move-sensor = نقل مجسّ
repair-post-observer = وضع مراقب
repair-sensor-text = إعادة { $sensor } إلى العمل
repair-move-text = نقل { $sensor } إلى
repair-gives = يرفعه إلى { $chance }
cause-terrain = الأرض تحجبه
cause-dust = غبار
cause-outage = مجسّ متوقف
cause-stale-heartbeat = مجسّ صامت
cause-nobody-assigned = لا أحد مكلَّف
cause-obscured = مجسّ يرى أقل مما يفسّره الطقس
cause-quarantined = مجسّ لا يُعتدّ به
cause-looks-elsewhere = مجسّ يقول إنه ينظر إلى جهة أخرى

## Places
barrier-fence = سياج
barrier-wire = أسلاك
barrier-berm = ساتر ترابي
barrier-trench = خندق
barrier-river = نهر
zone-ordinary = الحركة هنا معتادة
zone-restricted = الدخول يطلق إنذارًا

## The card, the record, the keys
card = المختار
card-gone = لم يعد هذا في الصورة.
leave = إغلاق هذه اللوحة
refused = رُفض:
not-sent = لم تجب المحطة. لم يُنفَّذ شيء؛ أعد المحاولة.
notices = تنبيهات
counters-accepted = قُبل { $n } بلاغ
counters-rejected = رُفض { $n }
counters-late = { $n } حُفظ دليلًا
counters-lost = فُقد { $n } لفرط الحمل
state-hash = بصمة الحالة
key-acknowledge = استلام الإنذار المختار، أو أول إنذار ينتظر
key-dispatch = إرسال وحدة
key-close = إغلاق الإنذار مع النتيجة
key-help = الإجابة هل يحتاج أحد إلى مساعدة
key-track = الأثر المحدد: هو نفس غيره، فصل، نوع، تثبيت
key-arrows = الإنذار التالي والسابق
key-tabs = القوائم من الأولى إلى السادسة
key-find = بحث في القائمة
key-leave = ترك النموذج ثم الاختيار
key-keys = صفحة المفاتيح هذه
help-strip = على الشريط: الأسهم تنقلك من مقطع إلى مقطع، وHome وEnd إلى طرفيه.
help-letters = الحروف المفردة تعمل
help-desk = من على المكتب (يُدوَّن في السجل)
help-limits = خط الرصد يكشف وينسّق. لا يرسل أحدًا من تلقاء نفسه.

## Moves
moves-ask = ماذا ننقل
moves-title = ما الذي يعيد أكبر قدر من الرؤية في الساعة القادمة
moves-computing = يُوازن من يمكن نقله وإلى أين …
moves-unwatched = { $unwatched } من { $line } كم غير مرصودة.
moves-where = { $who } إلى الكيلومتر { $km }
moves-travel = يصل خلال { $span }
moves-bought = { $amount } كم·ساعة من احتمال الكشف خلال الساعة، المكسب بعد طرح الخسارة
moves-raised = { $n ->
    [one] مقطع واحد يُرى أكثر،
    [two] مقطعان يُريان أكثر،
    [few] { $n } مقاطع تُرى أكثر،
   *[other] { $n } مقطعًا يُرى أكثر،
} منها { $blind } لم يعد غير مرئي؛
moves-lowered = { $n ->
    [one] ومقطع واحد يُرى أقل.
    [two] ومقطعان يُريان أقل.
   *[other] و{ $n } تُرى أقل.
}
moves-none-lowered = ولا مقطع يُرى أقل.
moves-none = لا نقل يفيد خلال الساعة.
moves-decide = لا يُرسل أحد بهذا: نادوهم باللاسلكي، أو أرسلوا وحدة من إنذار، مع السبب.
key-moves = السؤال عما يُنقل

## Doors
doors = المنافذ
doors-unread = المنافذ، رسائل جديدة: { NUMBER($n) }
doors-title = المنافذ والرسائل
doors-failed = المحطة لا تجيب.
door-sapient = المجسّات (SAPIENT)
door-upload = ملفات عبر HTTP
door-mqtt = وسيط الرسائل (MQTT)
door-weather = الطقس من ملفات
door-nmea = الدوريات (NMEA)
door-nmea-tcp = الدوريات (NMEA عبر TCP)
door-sapient-tls = المجسّات عبر TLS (SAPIENT)
door-cot = الهواتف (Cursor on Target)
door-cot-tls = الهواتف عبر TLS (Cursor on Target)
door-cot-enrolment = شهادات للهواتف (تسجيل TAK)
door-cot-mesh = هواتف بلا خادم (شبكة مباشرة)
door-cot-udp = الهواتف عبر UDP
door-asterix = الرادارات (ASTERIX)
door-asterix-out = المسارات المرسلة إلى الآخرين (ASTERIX)
door-mavlink = الطائرات المسيّرة (MAVLink)
door-mavlink-tcp = الطائرات المسيّرة (MAVLink عبر TCP)
door-klv = فيديو الطائرات المسيّرة (KLV)
door-klv-tcp = فيديو الطائرات المسيّرة (KLV عبر TCP)
door-sapient-parent = المركز الأعلى (SAPIENT)
door-connected = المتصلون: { NUMBER($n) } من { NUMBER($max) }
door-rate = في الثانية: { NUMBER($n, maximumFractionDigits: 1) } رسالة
door-taken = قُبل: { NUMBER($n) }
door-rejected = رُفض: { NUMBER($n) }
door-redacted = قيم حُذفت: { NUMBER($n) }
door-sent = أُرسل: { NUMBER($n) }
door-slowed = أُبطئت القراءة: { NUMBER($n) }
door-away = أُبعد أو قُطع: { NUMBER($n) }
door-trouble = لا يعمل الآن
door-error = آخر خطأ عند { $at }
door-no-error = لا أخطاء حتى الآن.
messages-title = رسائل من الميدان
message-answer = إجابة
message-answer-to = إجابة إلى { $name }
message-send = إرسال
message-sent = أُرسلت.
messages-none = لم يكتب أحد.
