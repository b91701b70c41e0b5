-- Asks for the targets in the file BENCH_TARGETS, one after the other. When they are used up it
-- begins again, and says so at the end: then pages were asked twice. With BENCH_DELAY, each connection
-- waits before a request: up to twice so many milliseconds, at random.
local requests = {}
local asked = 0

function init(_)
    local headers = { ["X-Auth-Token"] = "bench", ["Accept"] = "application/json" }
    for target in io.lines(os.getenv("BENCH_TARGETS")) do
        requests[#requests + 1] = wrk.format("GET", target, headers)
    end
    count = #requests
end

function request()
    asked = asked + 1
    total = asked
    return requests[(asked - 1) % #requests + 1]
end

local longest = 2 * tonumber(os.getenv("BENCH_DELAY") or "0")
if longest > 0 then
    function delay()
        return math.random(0, longest)
    end
end

local threads = {}
function setup(thread)
    threads[#threads + 1] = thread
end

function done(summary, latency, _)
    print(string.format(
        "result %d %d %d %d %d %d",
        summary.requests,
        summary.duration,
        summary.errors.connect + summary.errors.read + summary.errors.write
            + summary.errors.status + summary.errors.timeout,
        latency:percentile(99),
        threads[1]:get("total"),
        threads[1]:get("count")
    ))
end
