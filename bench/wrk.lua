-- The workloads, for wrk. BENCH_WORKLOAD names one; BENCH_DIR holds tokens.txt, policies.txt and covered.txt (policies in force), one a line.
local folder = os.getenv("BENCH_DIR")
local pages = tonumber(os.getenv("BENCH_PAGES"))
local incident = os.getenv("BENCH_INCIDENT")
local random = math.random
math.randomseed(tonumber(os.getenv("BENCH_SEED")))

local function lines(name)
  local found = {}
  for line in io.lines(folder .. "/" .. name) do found[#found + 1] = line end
  return found
end

local tokens, policies, covered = lines("tokens.txt"), lines("policies.txt"), lines("covered.txt")
local run, sent = string.format("%08x", random(0, 0x7fffffff)), 0

local function headers()
  return { ["Authorization"] = "Bearer " .. tokens[random(#tokens)], ["Accept"] = "application/json" }
end

local workloads = {}
function workloads.w1() return wrk.format("GET", "/api/policies/" .. policies[random(#policies)], headers()) end
function workloads.w2() return wrk.format("GET", "/api/policies?page=" .. random(pages) .. "&page_size=20", headers()) end
function workloads.w3()
  local with = headers()
  sent = sent + 1
  with["Content-Type"] = "application/json"
  with["Idempotency-Key"] = run .. "-" .. sent
  -- A type of its own: a second notice of one policy, day and type would be held for a person.
  return wrk.format("POST", "/api/claims", with, '{"policyId":"' .. covered[random(#covered)] .. '","claimType":"collision ' .. run .. sent .. '","claimAmount":1234.56,'
    .. '"incidentDate":"' .. incident .. '","description":"Rear-end collision on Main Street near the crossing"}')
end
function workloads.w4() return wrk.format("GET", "/health/live") end
function workloads.w5()
  local dice = random(100)
  if dice <= 80 then return workloads.w1() elseif dice <= 95 then return workloads.w2() else return workloads.w3() end
end

request = workloads[os.getenv("BENCH_WORKLOAD")]

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT requests=%d microseconds=%d broken=%d refused=%d p50=%d p99=%d\n", summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.timeout, errors.status, latency:percentile(50), latency:percentile(99)))
end
