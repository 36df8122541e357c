#include "agent/bundle/bundle.h"

#include <nlohmann/json.hpp>

#include "common/sha256.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr int kFormat = 1;

}  // namespace

void Bundle::Add(std::string path, std::string bytes) {
  if (members_.size() >= kMostMembers) return Problem("left out, there are too many files: " + path);
  if (bytes.size() > kLargestMember) {
    Problem("cut to " + std::to_string(kLargestMember) + " bytes: " + path);
    bytes.resize(kLargestMember);
  }
  members_.push_back({std::move(path), std::move(bytes)});
}

void Bundle::Report(std::string_view title, std::string_view text) {
  report_ += std::string(report_.empty() ? "" : "\n") + "== " + std::string(title) + "\n" + std::string(text);
  if (report_.back() != '\n') report_ += '\n';
}

void Bundle::Finish(const Redactor& redactor, std::int64_t now_ms, bool anonymised) {
  const std::string head = "dgmo diagnostic report of " + TimeText(now_ms) + ", dgmo-agent " FLEET_VERSION +
                           "\nNames and texts that may be private stand as [name-N] and [text, N bytes].\n\n";
  Add("report.txt", head + report_);
  nlohmann::ordered_json manifest{{"format_version", kFormat},
                                  {"created", TimeText(now_ms)},
                                  {"agent_version", FLEET_VERSION},
                                  {"anonymised", anonymised},
                                  {"redactions", redactor.counts()},
                                  {"problems", nlohmann::ordered_json::array()},
                                  {"members", nlohmann::ordered_json::array()}};
  for (const std::string& problem : problems_) manifest["problems"].push_back(ToUtf8(problem));
  for (const Member& member : members_) {
    manifest["members"].push_back(
        {{"path", member.path}, {"size", member.bytes.size()}, {"sha256", Sha256Hex(member.bytes)}});
  }
  members_.push_back({"manifest.json", manifest.dump(2) + "\n"});
}

}  // namespace fleet::agent
