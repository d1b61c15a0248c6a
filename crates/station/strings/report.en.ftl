## What reports say beside the words of the page.
shift-report = Shift report
period-report = Report of a period
of-period = { $from } to { $to } (UTC)
of-record = { $entries } entries of the record, the last at { $last }. State after them: { $hash }
of-snapshot = Of the first { $after } entries some were erased: nothing is known of the time before.
how-to-check = Whether anything of it was changed: watchline record verify DIR. Whether it all leads here: watchline replay DIR --to { $to }
not-a-score = No figure of this report is about a single person at the desk, and none may be used so.
none = none
not-measured = not measured
unbounded = without bound

## The line
the-line = The line
line-picture = The line by time: kilometres from left to right, time from top to bottom. Each field shows the worst that was there.
measure = Measure
value = Value
coverage-achieved = Coverage actually achieved
covered = Covered (detection at least 0.9)
uncovered = Not covered
not-known = Not known
km-hours = { $n } km·h ({ $share })
station-ran = The station ran
ran-for = { $ran } of { $whole }
what-was-not-watched = What was not watched
nothing-unwatched = All of the line was watched all of the time.
where = Where
when = When
how-long = How long
why = Why
state = State
extent = Extent
km-at = km { $km }
gaps-more = and { $n } more pieces with { $extent } km·h together
station-silent = The station did not run

## None seen
none-seen = Crossings
crossings-noticed = Crossings noticed
bound-watched = Expected at most in stretch-hours that were watched, had none been seen
bound-elsewhere = In all other stretch-hours
bound-value = { $n } in { $hours } stretch-hours
bound-no-tests = without bound: no hidden walk test has shown how much is found
bound-not-watched = without bound: no stretch was watched
elsewhere-value = without bound, for { $hours } stretch-hours
elsewhere-none = there were none
bound-premise = This holds if crossings do not depend on coverage. Where those who cross know what is watched it does not.

## Calls
alerts = Alerts
alerts-raised = Alerts
still-open = Still open
unacknowledged = Not acknowledged
by-kind = By kind
by-priority = By priority
by-outcome = By what they turned out to be
worth-a-call = Worth a call, of judged alerts about people
help-unasked = Alerts about people of which "needs help?" was not answered
one-by-one = One by one
raised = Raised
kind = Kind
place = Place
needs-help = Needs help?
acknowledged = Acknowledged
dispatched = Sent
on-scene = On scene
closed = Closed
outcome = Outcome
priority = Priority

## Timeliness
timeliness = Timeliness
step = From and to
count = Times
missing = Not reached
median = Median
p90 = 90 %
detect-to-assess = Detected to acknowledged
assess-to-dispatch = Acknowledged to sent
dispatch-to-arrive = Sent to on scene
detect-to-arrive = Detected to on scene
distress-to-aid = Distress to aid

## Sensors
sensors = Sensors
sensor = Sensor
availability = Availability
up = At work
failed = Failed
maintenance = Maintenance
weather = Weather
unknown = Not known

## Definitions
definitions = What the measures mean
definition-version = version { $version }
not-in-this-report = not measured from this record
