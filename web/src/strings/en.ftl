# English. Every key here must be in the other files too, with the same variables.

language-name = English
language-direction = ltr
language-digits = latn
language-locale = en-GB
product = Watchline
demo = Demonstration
utc = UTC
speed = × { NUMBER($n, maximumFractionDigits: 1) }
km = km
separator = { " · " }
waiting-for-station = Waiting for the station …

## The link to the station
link-connecting = Connecting …
link-live = Live
link-silent = No word from the station
link-updated = { $n } s ago
stale-title = The station is silent.
stale-text = This picture is from { $time } UTC and is not current. Trying again.

## How the page looks
theme = Theme
theme-dark = Dark
theme-day = Day
theme-red = Night red
language = Language
digits = Digits
help = Keys and settings

## The strip
strip-title = The line
strip-label = The line by kilometre. Arrows move along it.
strip-none-chosen = no stretch chosen
strip-stretch = km { $from }–{ $to } · { $state } · { $chance }
strip-pin = { $kind }, km { $km }, { $stage }
strip-now = now
strip-ago = – { $span }
strip-past = Watch state of the line in the last { $span }
state-watched = Watched
state-degraded = Degraded
state-blind = Blind
state-unknown = Unknown
weather-dust = Dust
weather-visibility = Visibility { $distance }
weather-wind = Wind { $speed } m/s

## Figures
span-seconds = { NUMBER($n) } s
span-minutes = { NUMBER($n) } min
span-hours = { NUMBER($n, maximumFractionDigits: 1) } h
metres = { NUMBER($n) } m
kilometres = { NUMBER($n, maximumFractionDigits: 1) } km
speed-kmh = { $n } km/h
climbs = climbs { $n } m/s
sinks = sinks { $n } m/s
keeps-height = keeps its height
above-ground = { $n } m above ground
above-sea = { $n } m above sea
height-give-or-take = { $height } m ± { $error } m
degrees = { $n }°
ago = { $span } ago
at-km = km { $km }
km-range = km { $from }–{ $to }

## The map
map-label = Map of the sector
map-tools = Map view
map-closer = Zoom in
map-farther = Zoom out
map-whole = Show the whole sector
map-failed = The map reports:
legend-coverage = Chance that a walker is seen within a minute
legend-corridors = Chance that the best crossing through here is detected
legend-layers = Layers
layer-coverage = Coverage
layer-corridors = Crossings
layer-fields = Fields of view
layer-trails = Trails

## Attention
attention-count =
    { $n ->
        [one] { $n } alert waits for a person
       *[other] { $n } alerts wait for a person
    }
attention-waits = waiting { $span }
attention-none = No alert waits for a person

## Lists
lists = Lists
find = Find in this list ( / )
tab-alerts = Alerts
tab-tracks = Tracks
tab-sensors = Sensors
tab-units = Units
tab-stretches = Stretches
tab-places = Places
empty-alerts = No alerts.
empty-tracks = No tracks. See the strip for how much of the line is watched.
empty-found = Nothing found.

## Alerts
kind-crossing-predicted = Crossing predicted
kind-crossed = Line crossed
kind-possible-distress = Possible distress
kind-sight-lost = Sight lost
kind-sensor-lost = Sensor lost
stage-raised = Waiting
stage-acknowledged = Acknowledged
stage-assigned = Assigned
stage-closed = Closed
priority-high = High priority
priority-medium = Medium priority
priority-low = Low priority
figure-reaches-in = Would reach the line in { $span }
figure-still = Has not moved for { $span }
figure-sight-lost = { $distance } of the line is blind
stage-waits = Nobody has acknowledged it for { $span }
stage-by = { $stage } by { $by }
stage-with = With { $unit }, sent by { $by }
stage-ended = Closed: { $outcome }
fact-priority = Priority
fact-confidence = Certainty
fact-watch-there = The line there
fact-track = Track
fact-sensor = Sensor
help-question = Does anybody need help?
needs-help-short = needs help
yes = Yes
no = No
acknowledge = Acknowledge
dispatch = Dispatch
close = Close
history = History
by-rule = rule
act-raised = Raised
act-escalated = Escalated
act-acknowledged = Acknowledged
act-needs-help = Somebody needs help
act-needs-no-help = Nobody needs help
act-dispatched = Unit sent
act-task-sent = Task sent
act-task-accepted = Task accepted
act-task-declined = Task declined
act-on-scene = Unit on scene
act-task-done = Task done
act-closed = Closed
rule-still = a person has stayed still for long
rule-crossed = a track that was beyond the line is inside it
rule-heads = a track heads for the line
rule-sensor-lost = a sensor that was there stopped seeing
rule-sensor-distrusted = a sensor is not believed: others contradict it, or a person does
rule-clock-off = a sensor's clock is wrong: its times are not believed
rule-sight-lost = stretches that were seen are blind or unknown

## Dispatch
dispatch-title = Send a unit
dispatch-who = Who goes (number keys or arrows), first to arrive on top
dispatch-computing = Computing ways over the terrain …
dispatch-nobody = No unit can be proposed.
dispatch-task = Task
dispatch-send = Send
busy = on a task
free = Free
no-way = no way there
task-observe = Observe
task-approach = Approach
task-assist = Assist
task-inspect = Inspect
task-escort = Escort
task-search = Search
task-stage-sent = sent
task-stage-accepted = accepted
task-stage-declined = declined
task-stage-on-scene = on scene
task-stage-done = done
task-travel = expected in { $span }
task-by = Sent by { $by }:
task-alert = Alert { $id }
reason = Reason (goes into the record)
reason-ready = Ready reasons
reason-nearest = First to arrive
reason-help = Somebody may need help
reason-ground = Knows the ground
reason-others-needed = Nearer units are needed where they are
reason-unit-saw = Unit on scene saw it
reason-camera-saw = Seen on camera
reason-sensor-back = Sensor reports again
reason-test = Announced test
lacks-unit = Choose a unit.
lacks-reason = Give a reason.
lacks-outcome = Choose an outcome.
cancel = Cancel

## Closing
close-title = Close the alert
close-outcome = What it was
close-send = Close alert
close-help-unanswered = Nobody has answered yet whether somebody needs help.
outcome-person = Person
outcome-animal = Animal
outcome-herder = Herder
outcome-lawful = Lawful crossing
outcome-assisted = Person assisted
outcome-nothing = Nothing there
outcome-restored = Restored
outcome-test = Test

## Tracks
class-person = Person
class-group = Group
class-vehicle = Vehicle
class-animal = Animal
class-aircraft = Aircraft
class-unknown = Not known what
track-title = Track { $id }
track-exists = there: { $chance }
track-seen-by = Seen by
track-also = Also known as { $ids }
track-lost = Nobody follows it now. It is shown where it was last, because it is pinned.
track-pinned = Pinned: it stays in the picture.
track-handed = Handed over to { $sector }
fact-identity = Known along the line as
track-merge = Same as
track-split = Split
track-relabel = Class
track-pin = Pin
track-unpin = Unpin
track-undo = Undo
track-say = Say so
track-merge-title = Two tracks are one
track-split-title = One track is two
track-relabel-title = What it is
track-pin-title = Keep the track in the picture
track-undo-title = Take it back
track-merge-with = It is the same as
track-merge-nobody = There is no other track.
track-split-since = It is another since
track-split-sensors = Or: these sensors see another
track-relabel-what = Whatever sensors say, it is
track-pin-what = It stays on the map however faint it becomes, until somebody unpins it.
track-acts = What people said
track-undone = taken back by { $by }
track-act-merge = same as another
track-act-split = another since then
track-act-split-sensors = sensors see another
track-act-relabel = class set
track-act-pin = pinned
evidence-title = Moves no track, kept as evidence
evidence-arrived = arrived { $span } later
evidence-arrived-at = arrived at { $at }
evidence-older = { $n } older ones
evidence-place = within { $distance }
evidence-direction = towards { $n }°
kept-why-late = too late for the tracker
kept-why-clock = by a clock that is not believed
kept-link-was-there = it was there then
kept-link-may-have-come = it may have come from there
lineage = What it was made of
lineage-none = No measurements are kept.
lineage-forgotten = { $n } older ones are in the record only.
reason-track-mistaken = The tracks were mistaken
lacks-track = Choose a track.
lacks-class = Choose what it is.
direction-title = Towards { $n }°
direction-what = Seen in this direction; how far away it is nobody can say yet. A second look from elsewhere, or a range, makes it a track.
fact-width = To either side
fact-ranges = Range, nine times of ten
fact-first-seen = First seen
seen-ago = seen { $span } ago
fact-class = Certainty of kind
fact-existence = Certainty that it is there
fact-speed = Speed
fact-heading = Heading
fact-above-ground = Above ground
fact-above-sea = Above sea
fact-climb = Climb
fact-uncertainty = Uncertainty
fact-seen = Last seen
fact-place = Place

## Sensors
sensor-thermal-camera = Thermal camera
sensor-visible-camera = Daylight camera
sensor-radar = Radar
sensor-ground-sensor = Ground sensor
sensor-balloon = Balloon
sensor-drone = Drone
sensor-observer = Observer
sensor-checkpoint = Checkpoint
health-working = Working
health-down = Down
health-stale = Silent
health-never-heard = Never heard
health-obscured = Sees less than the weather explains
health-quarantined = Not believed
standing-unverified = Not verified
standing-trusted = Trusted
standing-doubted = Doubted
standing-quarantined = Not believed
finding-turned = Points to the right of where it should by
finding-displaced = Reports things too far by
finding-leans-across = Errs to one side by
finding-leans-along = Errs in range by
finding-noisy = Errs more than it says, variance
finding-contradicted = Others see of its reports
finding-ordered = A person decided so
note-connection-lost = connection lost
note-no-heartbeat = no heartbeat
clock-unknown = Not known yet
clock-steady = Steady
clock-drifting = Drifts: nobody sets it
clock-off = Wrong: its times are not believed
clock-ahead = { $n } s ahead since { $at }
clock-behind = { $n } s behind since { $at }, or its way became longer
clock-drifts = by { $n } s a day
fact-flood = Dropped: it tells too much
flood-last = last at { $at }
fact-clock = Clock
fact-clock-taken-off = Taken off its times
fact-clock-steps = Steps of its clock so far
seconds = { $n } s
heard-ago = { $span } ago
detections = { $n } det.
correct-clock = Correct its clock
correct-clock-title = Take the error off its times
correct-clock-what = Its clock is wrong by what was found. From now on that is taken off, and what it tells counts again.
trust-clock = Its clock is right
trust-clock-title = Believe its times as they are
trust-clock-what = Its clock is right; its messages only take longer or less long than they did.
trust-sensor = Believe it again
trust-sensor-title = Believe this sensor
trust-sensor-what = What it tells counts again, whatever was found.
quarantine-sensor = Do not believe it
quarantine-sensor-title = Do not believe this sensor
quarantine-sensor-what = What it tells is kept and moves no track, and no stretch counts as watched by it.
reason-clock-set = Its clock was set wrong
reason-clock-known = Checked with the post by radio
reason-way-longer = Its link was changed
reason-sensor-checked = It was checked and is right
reason-sensor-lies = It tells what is not there
reason-sensor-works-on = Somebody works on it
fact-health = Health
fact-standing = Trust
fact-obscured = Sees, of what it should
fact-clutter = False reports, as expected
times = { $n } ×
fact-heard = Last heard
fact-detections = Detections
fact-range = Range
fact-field = Field of view
fact-height = Height above ground
all-round = all round
field-facing = { $width }° wide, facing { $facing }°

## Units
mobility-foot = On foot
mobility-vehicle = By vehicle
agency-border-guard = Border guard
agency-army = Army
agency-police = Police
agency-tribal-force = Tribal force
agency-civil-defence = Civil defence
agency-ranger = Rangers
agency-rescue = Rescue
agency-customs = Customs
fact-mobility = Moves
fact-task = Task

## Stretches
stretch-title = km { $from }–{ $to }
stretch-chance = chance that a crossing here is detected
stretch-high = up to { $chance } if the inputs are better than assumed
stretch-crossing = Crossing takes a walker about { $span }
stretch-unknown = What watches this stretch has not been heard from. Take it as blind.
crossing-title = If someone crosses here
crossing-met = chance that they are met before they are through
crossing-response = The first unit is there { $span } after a detection.
crossing-no-response = No unit can get to where they come out.
crossing-timeline = Legs of the way: as wide as the time they take, filled as high as the chance of being detected there. Hatched: too late.
crossing-far = far edge
crossing-near = near edge
crossing-critical = The ring on the map is the last place where a detection is in time. What is hatched comes too late.
crossing-never = No detection on this way is in time.
crossing-assumed = Assumed: { $alarm } to raise the alarm, { $heard } of calls are heard, units start from where they are now.
crossing-none = No way leads through this stretch.
crossing-failed = The station did not say how this stretch would be crossed.
crossing-mark = last detection in time
stretch-why = Why
stretch-without = would be { $chance } without it
stretch-fine = Nothing is in the way.
stretch-repair = Cheapest repair
repair-restore-sensor = Bring the sensor back
repair-move-sensor = Move a sensor
repair-post-observer = Post an observer
repair-sensor-text = Bring back { $sensor }
repair-move-text = Move { $sensor } to
repair-gives = raises it to { $chance }
cause-terrain = Terrain hides it
cause-dust = Dust
cause-outage = Sensor down
cause-stale-heartbeat = Sensor silent
cause-nobody-assigned = Nobody assigned
cause-obscured = Sensor sees less than the weather explains
cause-quarantined = Sensor not believed

## Places
barrier-fence = Fence
barrier-wire = Wire
barrier-berm = Berm
barrier-trench = Trench
barrier-river = River
zone-ordinary = Movement is ordinary here
zone-restricted = Entry raises an alert

## The card, the record, the keys
card = What is selected
card-gone = This is no longer in the picture.
leave = Close this panel
refused = Refused:
not-sent = The station did not answer. Nothing was done; try again.
notices = Notices
counters-accepted = { $n } reports taken in
counters-rejected = { $n } rejected
counters-late = { $n } kept as evidence
counters-lost = { $n } lost to overload
state-hash = State
key-acknowledge = Acknowledge the selected alert, or the first that waits
key-dispatch = Send a unit
key-close = Close the alert with an outcome
key-help = Answer whether somebody needs help
key-track = Selected track: same as another, split, class, pin
key-arrows = Next and previous alert
key-tabs = Lists, from first to sixth
key-find = Find in the list
key-leave = Leave a form, then the selection
key-keys = This page of keys
help-strip = On the strip: arrows go from stretch to stretch, Home and End to its ends.
help-letters = Single letters act
help-desk = At the desk (goes into the record)
help-limits = Watchline detects and coordinates. It sends nobody by itself.

## Moves
moves-ask = What to move
moves-title = What buys back most sight in the next hour
moves-computing = Weighing who could move where …
moves-unwatched = { $unwatched } of { $line } km are not watched.
moves-where = { $who } to km { $km }
moves-travel = there in { $span }
moves-bought = { $amount } km·h of detection within the hour, gained less lost
moves-raised = { $n ->
    [one] One stretch sees more,
   *[other] { $n } stretches see more,
} { $blind } of them blind no more;
moves-lowered = { $n ->
    [one] one sees less.
   *[other] { $n } see less.
}
moves-none-lowered = none sees less.
moves-none = No move helps within the hour.
moves-decide = Nobody is sent by this: call them by radio, or send a unit from an alert, with your reason.
key-moves = Ask what to move
