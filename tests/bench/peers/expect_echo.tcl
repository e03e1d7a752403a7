# expect_echo.tcl COUNT CHILD - a byte there and back with expect.
lassign $argv count child
log_user 0
spawn -noecho $child echo
expect "ready"
expect -re ".+"
set times {}
for {set i -200} {$i < $count} {incr i} {
  set began [clock microseconds]
  send "x"
  expect "x"
  if {$i >= 0} { lappend times [expr {[clock microseconds] - $began}] }
}
exec kill -KILL [exp_pid]
wait
set times [lsort -integer $times]
puts "{\"p50_us\": [lindex $times [expr {$count / 2}]],\
 \"p99_us\": [lindex $times [expr {$count * 99 / 100}]]}"
