# expect_jobs.tcl COUNT CHILD - trivial captured jobs with expect, 64 at once.
lassign $argv count child
log_user 0
set stty_init "-echo -opost"
set running {}
set started 0
set began [clock microseconds]
while {$started < $count || [llength $running]} {
  while {$started < $count && [llength $running] < 64} {
    spawn -noecho $child hi
    lappend running $spawn_id
    incr started
  }
  set running [lassign $running oldest]
  set captured ""
  expect -i $oldest -re ".+" { append captured $expect_out(buffer); exp_continue } eof {}
  set status [wait -i $oldest]
  if {[lindex $status 3] != 0 || [string trim $captured] ne "hi"} {
    error "lost: $captured"
  }
}
set seconds [expr {([clock microseconds] - $began) / 1e6}]
puts "{\"rate\": [expr {$count / $seconds}]}"
