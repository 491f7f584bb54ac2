// pathway-6 by hand in C++: what the machine can do. One model, totals only, no records.
//
//   g++ -O3 -march=native -std=c++17 benchmarks/peers_cpp.cpp -o pathway6
//   ./pathway6 SCALE SEED RUNS
//
// prints a line of JSON for each run: CPU seconds, the peak of the memory, the totals of each stage.
// Times are days; the numbers are those of specification.py.
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <vector>

namespace {

constexpr double kHorizon = 1825.0, kPerDay = 2.74;
constexpr int kStages = 5;
enum Stage { kGp, kAssessment, kDetox, kResidential, kAftercare };
constexpr int kPlaces[kStages] = {1, 5, 22, 270, 500};
constexpr double kGpMean = 0.31, kAssessmentMean = 1.0, kResidentialMean = 75.0;
constexpr double kAftercareMean = 120.0, kDetoxShare = 0.6, kBackShare = 0.5;
constexpr double kBackScale = 200.0, kBackShape = 0.7;
constexpr double kPatience[kStages] = {0, 30, 40, 60, 0};  // 0: endless
constexpr int kEpisodes = 3;
const double kLogSd = std::sqrt(std::log(1.25)), kLogMean = std::log(8.0) - kLogSd * kLogSd / 2;
constexpr double kEventsPerClient = 8.5;  // about how many; it only says how fine the calendar is
constexpr uint32_t kNone = 0xffffffffu;

// What a number is drawn for. Two are needed for a normal and for a gamma of shape 2.
enum Purpose : uint32_t {
  kGap, kStayGp, kStayAssessment, kPatienceAssessment, kNeedsDetox, kStayDetox, kStayDetox2,
  kPatienceDetox, kStayResidential, kStayResidential2, kPatienceResidential, kStayAftercare,
  kComesBack, kAway
};
constexpr Purpose kPatienceFor[kStages] = {kGap, kPatienceAssessment, kPatienceDetox,
                                           kPatienceResidential, kGap};

uint64_t Mixed(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

// Random numbers by address: a number depends on seed, client, episode and purpose alone.
class Chance {
 public:
  explicit Chance(uint64_t seed) : base_(Mixed(seed * 0x9E3779B97F4A7C15ULL + 0x1234567ULL)) {}
  double Uniform(uint32_t client, uint32_t episode, uint32_t purpose) const {
    uint64_t h = Mixed(base_ + uint64_t{client} * 0x9E3779B97F4A7C15ULL);
    h = Mixed(h + uint64_t{episode * 16 + purpose + 1} * 0xD1B54A32D192ED03ULL);
    return ((h >> 11) + 0.5) * 0x1.0p-53;
  }

 private:
  uint64_t base_;
};

enum State : uint8_t { kStaying, kWaiting, kIsAway };

// One cache line holds two. `token` tells a live event from one that has been overtaken.
struct Client {
  double asked;
  uint32_t next, previous, number, token;
  uint8_t stage, state, episode;
  uint32_t bucket;
};

struct Event {
  double time;
  uint32_t slot, token;
};

// A binary heap of events, the earliest on top.
class Heap {
 public:
  Heap() { events_.reserve(4096); }
  bool Empty() const { return events_.empty(); }
  const Event& Top() const { return events_[0]; }
  void Push(const Event& event) {
    size_t i = events_.size();
    events_.push_back(event);
    while (i) {
      size_t parent = (i - 1) / 2;
      if (events_[parent].time <= event.time) break;
      events_[i] = events_[parent];
      i = parent;
    }
    events_[i] = event;
  }
  Event Pop() {
    Event first = events_[0], last = events_.back();
    events_.pop_back();
    size_t n = events_.size(), i = 0;
    if (!n) return first;
    for (;;) {
      size_t child = 2 * i + 1;
      if (child >= n) break;
      if (child + 1 < n && events_[child + 1].time < events_[child].time) child++;
      if (last.time <= events_[child].time) break;
      events_[i] = events_[child];
      i = child;
    }
    events_[i] = last;
    return first;
  }

 private:
  std::vector<Event> events_;
};

// The horizon is known, so time is cut into buckets. A client has one live event at most, so an
// event is linked into its bucket by its client, and taken out again, in constant time; only the
// present bucket is kept in order.
class Calendar {
 public:
  Calendar(double events, std::vector<Client>* clients) : clients_(clients) {
    while (buckets_ < events / 16 && buckets_ < (size_t{1} << 24)) buckets_ *= 2;
    first_.assign(buckets_ + 1, kNone);
    per_day_ = buckets_ / kHorizon;
  }
  void Push(double time, uint32_t slot, uint32_t token) {
    uint32_t& bucket = (*clients_)[slot].bucket;
    bucket = kNone;
    if (time >= kHorizon) return;
    size_t b = static_cast<size_t>(time * per_day_);
    if (b <= present_) return heap_.Push({time, slot, token});
    if (slot >= next_.size()) Grow(clients_->capacity());
    time_[slot] = time;
    token_[slot] = token;
    next_[slot] = first_[b];
    previous_[slot] = kNone;
    if (first_[b] != kNone) previous_[first_[b]] = slot;
    first_[b] = slot;
    bucket = static_cast<uint32_t>(b);
  }
  void Cancel(uint32_t slot) {
    uint32_t& bucket = (*clients_)[slot].bucket;
    if (bucket == kNone) return;  // in the heap: its token has been overtaken
    if (previous_[slot] != kNone) next_[previous_[slot]] = next_[slot];
    else first_[bucket] = next_[slot];
    if (next_[slot] != kNone) previous_[next_[slot]] = previous_[slot];
    bucket = kNone;
  }
  // Whether there is an event before a limit, roughly: none in the buckets that begin before it.
  bool HasTop(double limit) {
    while (heap_.Empty()) {
      if (present_ + 1 >= buckets_ || present_ + 1 > limit * per_day_) return false;
      ++present_;
      for (uint32_t slot = first_[present_]; slot != kNone;) {
        uint32_t next = next_[slot];
        (*clients_)[slot].bucket = kNone;
        heap_.Push({time_[slot], slot, token_[slot]});
        slot = next;
      }
      first_[present_] = kNone;
    }
    return true;
  }
  double TopTime() const { return heap_.Top().time; }
  Event Pop() { return heap_.Pop(); }

 private:
  void Grow(size_t size) {
    next_.resize(size);
    previous_.resize(size);
    time_.resize(size);
    token_.resize(size);
  }
  std::vector<Client>* clients_;
  size_t buckets_ = 64, present_ = 0;
  double per_day_ = 0;
  std::vector<uint32_t> first_, next_, previous_, token_;
  std::vector<double> time_;
  Heap heap_;
};

struct Totals {
  uint64_t served = 0, left = 0;
  double waited = 0, queue = 0, busy = 0;
};

class Service {
 public:
  Service(double scale, uint64_t seed)
      : per_day_(kPerDay * scale),
        chance_(seed),
        calendar_(kPerDay * scale * kHorizon * kEventsPerClient, &clients_) {
    clients_.reserve(1024);
    for (int s = 0; s < kStages; s++) {
      places_[s] = std::max(1, static_cast<int>(std::lround(kPlaces[s] * scale)));
      first_[s] = last_[s] = kNone;
    }
  }

  void Run() {
    uint32_t come = 0;
    double arrival = Gap(come);
    for (;;) {
      bool has = calendar_.HasTop(std::min(arrival, kHorizon));
      if (arrival < kHorizon && (!has || arrival <= calendar_.TopTime())) {
        now_ = arrival;
        Arrive(come++);
        arrival = now_ + Gap(come);
      } else if (!has || calendar_.TopTime() >= kHorizon) {
        break;
      } else {
        Event event = calendar_.Pop();
        if (clients_[event.slot].token == event.token) Happen(event);
      }
    }
    for (int s = 0; s < kStages; s++)
      for (uint32_t i = first_[s]; i != kNone; i = clients_[i].next)
        totals_[s].queue += kHorizon - clients_[i].asked;
  }

  void Print() const {
    for (int s = 0; s < kStages; s++) {
      const Totals& t = totals_[s];
      std::printf("%s[%llu,%llu,%.8g,%.8g,%.8g]", s ? "," : "",
                  static_cast<unsigned long long>(t.served),
                  static_cast<unsigned long long>(t.left), t.served ? t.waited / t.served : 0.0,
                  t.queue / kHorizon, t.busy / (kHorizon * places_[s]));
    }
  }

 private:
  double Gap(uint32_t client) const { return -std::log(chance_.Uniform(client, 0, kGap)) / per_day_; }
  double Uniform(const Client& c, Purpose p) const { return chance_.Uniform(c.number, c.episode, p); }
  double Exponential(const Client& c, Purpose p, double mean) const {
    return -mean * std::log(Uniform(c, p));
  }
  double Stay(int stage, const Client& c) const {
    switch (stage) {
      case kGp: return Exponential(c, kStayGp, kGpMean);
      case kAssessment: return Exponential(c, kStayAssessment, kAssessmentMean);
      case kDetox: {
        double radius = std::sqrt(-2 * std::log(Uniform(c, kStayDetox)));
        return std::exp(kLogMean + kLogSd * radius *
                                       std::cos(6.283185307179586 * Uniform(c, kStayDetox2)));
      }
      case kResidential:
        return -kResidentialMean / 2 *
               std::log(Uniform(c, kStayResidential) * Uniform(c, kStayResidential2));
      default: return Exponential(c, kStayAftercare, kAftercareMean);
    }
  }

  void Arrive(uint32_t number) {
    uint32_t slot = free_;
    if (slot != kNone) {
      free_ = clients_[slot].next;
    } else {
      slot = static_cast<uint32_t>(clients_.size());
      clients_.emplace_back();
      clients_[slot].token = 0;
    }
    clients_[slot].number = number;
    clients_[slot].episode = 1;
    Ask(slot, kGp);
  }

  void Seat(uint32_t slot, int stage) {
    Client& c = clients_[slot];
    c.state = kStaying;
    c.stage = static_cast<uint8_t>(stage);
    busy_[stage]++;
    double stay = Stay(stage, c);
    totals_[stage].served++;
    totals_[stage].busy += std::min(stay, kHorizon - now_);
    calendar_.Push(now_ + stay, slot, ++c.token);
  }

  void Ask(uint32_t slot, int stage) {
    if (busy_[stage] < places_[stage]) return Seat(slot, stage);
    Client& c = clients_[slot];
    c.state = kWaiting;
    c.stage = static_cast<uint8_t>(stage);
    c.asked = now_;
    c.next = kNone;
    c.previous = last_[stage];
    (last_[stage] == kNone ? first_[stage] : clients_[last_[stage]].next) = slot;
    last_[stage] = slot;
    c.bucket = kNone;
    ++c.token;
    if (kPatience[stage] > 0) {
      double patience = Exponential(c, kPatienceFor[stage], kPatience[stage]);
      calendar_.Push(now_ + patience, slot, c.token);
    }
  }

  void TakeOffTheList(Client& c, int stage) {
    (c.previous == kNone ? first_[stage] : clients_[c.previous].next) = c.next;
    (c.next == kNone ? last_[stage] : clients_[c.next].previous) = c.previous;
    totals_[stage].queue += now_ - c.asked;
  }

  void GiveBack(int stage) {
    busy_[stage]--;
    uint32_t slot = first_[stage];
    if (slot == kNone) return;
    Client& c = clients_[slot];
    totals_[stage].waited += now_ - c.asked;
    TakeOffTheList(c, stage);
    calendar_.Cancel(slot);
    Seat(slot, stage);
  }

  void EndEpisode(uint32_t slot) {
    Client& c = clients_[slot];
    if (c.episode < kEpisodes && Uniform(c, kComesBack) < kBackShare) {
      double away = kBackScale * std::pow(-std::log(Uniform(c, kAway)), 1 / kBackShape);
      c.state = kIsAway;
      calendar_.Push(now_ + away, slot, ++c.token);
    } else {
      c.next = free_;
      free_ = slot;
      c.token++;
    }
  }

  void Happen(const Event& event) {
    now_ = event.time;
    uint32_t slot = event.slot;
    Client& c = clients_[slot];
    int stage = c.stage;
    if (c.state == kWaiting) {
      totals_[stage].left++;
      TakeOffTheList(c, stage);
      return EndEpisode(slot);
    }
    if (c.state == kIsAway) {
      c.episode++;
      return Ask(slot, kAssessment);
    }
    GiveBack(stage);
    if (stage == kAftercare) return EndEpisode(slot);
    bool skips = stage == kAssessment && Uniform(c, kNeedsDetox) >= kDetoxShare;
    Ask(slot, skips ? kResidential : stage + 1);
  }

  double per_day_, now_ = 0;
  Chance chance_;
  std::vector<Client> clients_;
  Calendar calendar_;
  uint32_t free_ = kNone, first_[kStages], last_[kStages];
  int places_[kStages], busy_[kStages] = {};
  Totals totals_[kStages];
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s SCALE SEED RUNS\n", argv[0]);
    return 2;
  }
  double scale = std::atof(argv[1]);
  uint64_t seed = std::strtoull(argv[2], nullptr, 10);
  int runs = std::atoi(argv[3]);
  for (int k = 0; k < runs; k++) {
    std::clock_t began = std::clock();
    auto service = std::make_unique<Service>(scale, seed + k);
    service->Run();
    double cpu = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    std::printf("{\"cpu\":%.6f,\"rss_mb\":%.2f,\"out\":[", cpu, usage.ru_maxrss * 1024 / 1e6);
    service->Print();
    std::printf("]}\n");
    std::fflush(stdout);
  }
}
