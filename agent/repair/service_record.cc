#include "agent/repair/service_record.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "agent/repair/journal_text.h"
#include "agent/store/durable_file.h"
#include "common/status.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

constexpr char kFormatName[] = "dgmo-agent service repairs";
constexpr int kFormat = 1;
constexpr std::int64_t kLargest = std::int64_t{16} << 20;
constexpr std::string_view kSuffix = ".json";

std::string FolderOf(const std::string& state) { return state + "/services"; }
std::string PathOf(const std::string& state, const std::string& id) {
  return FolderOf(state) + "/" + id + std::string(kSuffix);
}

std::string Text(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() || !found->is_string() ? "" : found->get<std::string>();
}

std::vector<std::string> Texts(const Json& json, const char* key) {
  std::vector<std::string> texts;
  const auto found = json.find(key);
  if (found == json.end() || !found->is_array()) return texts;
  for (const Json& text : *found) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

Plan PlanOf(const Json& json) {
  Plan plan;
  plan.repair = Text(json, "repair");
  plan.root.path = Text(json, "root");
  plan.subject_id = Text(json, "subject_id");
  plan.codes = Texts(json, "codes");
  plan.fingerprints = Texts(json, "fingerprints");
  plan.note = Text(json, "text");
  const auto steps = json.find("steps");
  if (steps == json.end() || !steps->is_array()) return plan;
  for (const Json& step : *steps) {
    if (step.is_object()) plan.sentences.push_back(Text(step, "text"));
  }
  return plan;
}

RepairResult ResultOf(const Json& json) {
  RepairResult result{.repair = Text(json, "repair"),
                      .root = Text(json, "root"),
                      .subject_id = Text(json, "subject_id"),
                      .outcome = Outcome::kFailed,
                      .reason = Text(json, "reason"),
                      .text = Text(json, "text")};
  for (const Outcome outcome : {Outcome::kApplied, Outcome::kRefused}) {
    if (Text(json, "outcome") == OutcomeText(outcome)) result.outcome = outcome;
  }
  result.verified = result.outcome == Outcome::kApplied;
  return result;
}

template <typename Integer>
std::optional<Integer> Number(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<Integer>();
}

bool AreObjects(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_array() &&
         std::all_of(found->begin(), found->end(), [](const Json& one) { return one.is_object(); });
}

}  // namespace

ServiceRecord::ServiceRecord(std::string state, std::string id, std::int64_t now_ms, std::vector<Plan> plans)
    : state_(std::move(state)), id_(std::move(id)), created_ms_(now_ms), plans_(std::move(plans)) {}

absl::StatusOr<std::vector<std::string>> ServiceRecord::Ids(const std::string& state) {
  std::vector<std::string> ids;
  std::error_code error;
  std::filesystem::directory_iterator entry(FolderOf(state), error);
  if (error == std::errc::no_such_file_or_directory) return ids;
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(kSuffix)) ids.push_back(name.substr(0, name.size() - kSuffix.size()));
  }
  if (error) return FromErrno(error.value(), "cannot list " + ToUtf8(FolderOf(state)));
  std::sort(ids.begin(), ids.end());
  return ids;
}

absl::StatusOr<ServiceRecord> ServiceRecord::Load(const std::string& state, const std::string& id) {
  // The id is looked up, never made into a path: it may come from another machine.
  ASSIGN_OR_RETURN(const std::vector<std::string> ids, Ids(state));
  if (std::find(ids.begin(), ids.end(), id) == ids.end()) {
    return NotFound("there is no journal " + ToUtf8(id) + "; `dgmo-agent journal` lists them");
  }
  ASSIGN_OR_RETURN(const std::string text, ReadFile(PathOf(state, id), kLargest));
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto damaged = [&] {
    return DataLoss("the record of journal " + ToUtf8(id) + " is damaged or of a newer version; it is left alone");
  };
  if (!json.is_object() || Text(json, "what") != kFormatName || Number<int>(json, "format") != kFormat) {
    return damaged();
  }
  const auto created = Number<std::int64_t>(json, "created_ms");
  const auto begun = Number<std::size_t>(json, "begun");
  if (!created || !begun || !AreObjects(json, "plans") || !AreObjects(json, "results")) return damaged();
  ServiceRecord record(state, id, *created, {});
  record.begun_ = *begun;
  for (const Json& plan : json["plans"]) record.plans_.push_back(PlanOf(plan));
  for (const Json& result : json["results"]) record.results_.push_back(ResultOf(result));
  if (record.begun_ > record.plans_.size() || record.results_.size() > record.begun_) return damaged();
  return record;
}

absl::Status ServiceRecord::Begin() {
  ++begun_;
  return Write();
}

absl::Status ServiceRecord::End(const RepairResult& result) {
  results_.push_back(result);
  return Write();
}

const Plan* ServiceRecord::Begun() const { return begun_ > results_.size() ? &plans_[results_.size()] : nullptr; }

absl::Status ServiceRecord::Write() const {
  RETURN_IF_ERROR(MakeFolder(FolderOf(state_)));
  Json json{{"what", kFormatName},
            {"format", kFormat},
            {"id", id_},
            {"created", TimeText(created_ms_)},
            {"created_ms", created_ms_},
            {"begun", begun_},
            {"plans", Json::array()},
            {"results", Json::array()}};
  for (const Plan& plan : plans_) json["plans"].push_back(PlanToJson(plan));
  for (const RepairResult& result : results_) json["results"].push_back(ResultToJson(result));
  return WriteDurably(PathOf(state_, id_), json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace fleet::agent
