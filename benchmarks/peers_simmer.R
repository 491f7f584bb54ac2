# pathway-6 in simmer:  Rscript benchmarks/peers_simmer.R SCALE SEED RUNS
#
# One line of JSON for each run: CPU seconds (building, running and reading the totals from its
# monitors), the peak of the memory, and the totals of each stage. Times are days; the numbers are
# those of specification.py.
given <- commandArgs(TRUE)
scale <- as.numeric(given[1])
seed <- as.integer(given[2])
runs <- as.integer(given[3])
suppressPackageStartupMessages(library(simmer))

horizon <- 1825
per_day <- 2.74 * scale
places <- pmax(1, round(c(1, 5, 22, 270, 500) * scale))
stages <- c("gp", "assessment", "detox", "residential", "aftercare")
log_sd <- sqrt(log(1.25))
log_mean <- log(8) - log_sd^2 / 2
stay <- list(
  function() rexp(1, 1 / 0.31), function() rexp(1, 1), function() rlnorm(1, log_mean, log_sd),
  function() rgamma(1, 2, scale = 37.5), function() rexp(1, 1 / 120)
)
patience <- list(
  NULL, function() rexp(1, 1 / 30), function() rexp(1, 1 / 40), function() rexp(1, 1 / 60), NULL
)

visit <- function(path, k, over) {
  if (is.null(patience[[k]])) {
    return(path %>% seize(stages[k]) %>% timeout(stay[[k]]) %>% release(stages[k]))
  }
  path %>% renege_in(patience[[k]], out = over) %>% seize(stages[k]) %>% renege_abort() %>%
    timeout(stay[[k]]) %>% release(stages[k])
}

# `out` of renege_in takes the place of what is left of a path, so each episode is written out.
episode <- function(number) {
  over <- if (number == 3) {
    trajectory() %>% timeout(0)
  } else {
    trajectory() %>% branch(
      function() if (runif(1) < 0.5) 1L else 0L, continue = FALSE,
      trajectory() %>% timeout(function() rweibull(1, 0.7, 200)) %>% join(episode(number + 1))
    )
  }
  visit(trajectory(), 2, over) %>%
    branch(function() if (runif(1) < 0.6) 1L else 0L, continue = TRUE,
           visit(trajectory(), 3, over)) %>%
    visit(4, over) %>%
    visit(5, over) %>%
    join(over)
}

# Totals of stage k. Asking for what is under way repeats the past visits of those still inside:
# they are dropped. The list is first come, first served, so those who wait came last.
totals <- function(k, arrivals, resources) {
  here <- arrivals[arrivals$resource == stages[k], ]
  key <- paste(here$name, here$start_time)
  here <- here[!(is.na(here$end_time) & key %in% key[!is.na(here$end_time)]), ]
  ended <- !is.na(here$end_time)
  monitor <- resources[resources$resource == stages[k], ]
  lasting <- diff(c(monitor$time, horizon))
  queue <- sum(monitor$queue * lasting)
  busy <- sum(monitor$server * lasting) / (horizon * places[k])
  waiting <- if (nrow(monitor)) monitor$queue[nrow(monitor)] else 0
  unfinished <- sum(horizon - tail(sort(here$start_time[!ended]), waiting))
  gone <- ended & here$activity_time == 0
  served <- nrow(here) - sum(gone) - waiting
  lost <- sum(here$end_time[gone] - here$start_time[gone])
  sprintf("[%d,%d,%.8g,%.8g,%.8g]", as.integer(served), as.integer(sum(gone)),
          (queue - lost - unfinished) / max(1, served), queue / horizon, busy)
}

peak_mb <- function() {
  line <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) * 1024 / 1e6
}

for (run_number in seq_len(runs)) {
  gc()
  set.seed(seed + run_number - 1)
  began <- sum(proc.time()[1:2])
  env <- simmer()
  for (k in 1:5) add_resource(env, stages[k], places[k])
  client <- visit(trajectory(), 1, NULL) %>% join(episode(1))
  add_generator(env, "client", client, function() rexp(100, per_day))
  run(env, until = horizon)
  arrivals <- get_mon_arrivals(env, per_resource = TRUE, ongoing = TRUE)
  resources <- get_mon_resources(env)
  out <- sapply(1:5, totals, arrivals = arrivals, resources = resources)
  cpu <- sum(proc.time()[1:2]) - began
  cat(sprintf('{"cpu":%.3f,"rss_mb":%.1f,"out":[%s]}\n', cpu, peak_mb(),
              paste(out, collapse = ",")))
}
