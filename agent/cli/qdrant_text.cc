#include "agent/cli/qdrant_text.h"

#include <nlohmann/json.hpp>

#include "common/finding_json.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

std::string Line(std::string label, const std::string& value) {
  label.resize(12, ' ');
  return "  " + label + ToPrintable(value) + "\n";
}

std::string ServerLine(const QdrantFacts& facts) {
  std::string text(ServerText(facts.server));
  if (!facts.version.empty()) text += ", Qdrant " + facts.version;
  if (!facts.reason.empty()) text += " (" + facts.call + ": " + facts.reason + ")";
  return text;
}

std::string VectorText(const CollectionFacts& found) {
  std::string text;
  for (const auto& [name, shape] : found.vectors) {
    if (!text.empty()) text += "; ";
    text += (name.empty() ? "(unnamed)" : name) + " " + std::to_string(shape.size) + " " + shape.distance;
  }
  return text.empty() ? "none" : text;
}

std::string PointsText(const QdrantFacts& facts) {
  std::string text = facts.found->points ? std::to_string(*facts.found->points) : "unknown";
  if (facts.remembered && facts.remembered->points > 0) {
    text += ", most seen " + std::to_string(facts.remembered->points) + " at " + TimeText(facts.remembered->seen_ms);
  }
  return text;
}

std::string FactsText(const QdrantFacts& facts) {
  std::string text = Line("server", ServerLine(facts));
  if (facts.server == QdrantFacts::Server::kEmbedded) return text;
  std::string collection = facts.collection;
  if (facts.collection_missing) collection += ", missing";
  if (facts.found) collection += ", " + facts.found->status;
  text += Line("collection", collection);
  if (facts.found) {
    text += Line("vectors", VectorText(*facts.found)) + Line("points", PointsText(facts));
    if (facts.found->search_us) {
      const std::int64_t ms = *facts.found->search_us / 1'000;
      text += Line("search", (ms == 0 ? "under 1" : std::to_string(ms)) + " ms (median of 5)");
    }
  }
  if (facts.folder) text += Line("folder", facts.folder->path);
  if (facts.backup) text += Line("backup", *facts.backup);
  if (!facts.wanted) text += Line("use", "no enabled MCP entry of this home uses it");
  return text;
}

template <class Value>
Json OrNull(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json FactsJson(const QdrantFacts& facts) {
  Json json = {{"url", ToUtf8(facts.url)},
               {"wanted", facts.wanted},
               {"server", ServerText(facts.server)},
               {"version", facts.version.empty() ? Json(nullptr) : Json(facts.version)},
               {"call", facts.call.empty() ? Json(nullptr) : Json(facts.call)},
               {"http_status", facts.status == 0 ? Json(nullptr) : Json(facts.status)},
               {"reason", facts.reason.empty() ? Json(nullptr) : Json(facts.reason)},
               {"exposed", facts.is_exposed},
               {"process_id", facts.process ? Json(facts.process->pid) : Json(nullptr)},
               {"collection", ToUtf8(facts.collection)},
               {"collection_missing", facts.collection_missing},
               {"collection_status", nullptr},
               {"vectors", nullptr},
               {"points", nullptr},
               {"search_us", nullptr},
               {"remembered_points", facts.remembered ? Json(facts.remembered->points) : Json(nullptr)},
               {"folder", facts.folder ? Json(ToUtf8(facts.folder->path)) : Json(nullptr)},
               {"backup", facts.backup ? Json(ToUtf8(*facts.backup)) : Json(nullptr)}};
  if (facts.found) {
    json["collection_status"] = facts.found->status;
    json["vectors"] = Json::array();
    for (const auto& [name, shape] : facts.found->vectors) {
      json["vectors"].push_back({{"name", name}, {"size", shape.size}, {"distance", shape.distance}});
    }
    json["points"] = OrNull(facts.found->points);
    json["search_us"] = OrNull(facts.found->search_us);
  }
  return json;
}

}  // namespace

std::string_view ServerText(QdrantFacts::Server server) {
  switch (server) {
    case QdrantFacts::Server::kAnswers: return "answers";
    case QdrantFacts::Server::kRefused: return "refused";
    case QdrantFacts::Server::kTimedOut: return "timeout";
    case QdrantFacts::Server::kNotReady: return "not_ready";
    case QdrantFacts::Server::kWrongService: return "wrong_service";
    case QdrantFacts::Server::kUnauthorized: return "unauthorized";
    case QdrantFacts::Server::kUnknown: return "unknown";
    case QdrantFacts::Server::kEmbedded: return "embedded";
  }
  return "unknown";
}

std::string QdrantText(const std::vector<QdrantState>& states) {
  std::string text;
  for (const QdrantState& state : states) {
    if (!state.facts) {
      text += ToPrintable(state.home) + ": could not be looked at\n";
      continue;
    }
    text += ToPrintable(state.facts->url + " of " + state.home) + "\n" + FactsText(*state.facts);
    for (const Finding& finding : state.findings) {
      text += "  " + std::string(SeverityText(finding.severity)) + " " + finding.code + "; dgmo-agent explain " +
              finding.code + "\n";
    }
    if (state.findings.empty()) text += "  no finding\n";
  }
  return text;
}

Json QdrantJson(const std::vector<QdrantState>& states) {
  Json list = Json::array();
  for (const QdrantState& state : states) {
    Json entry = {{"home", ToUtf8(state.home)}, {"qdrant", nullptr}, {"findings", Json::array()}};
    if (state.facts) entry["qdrant"] = FactsJson(*state.facts);
    for (const Finding& finding : state.findings) entry["findings"].push_back(ToJson(finding));
    list.push_back(std::move(entry));
  }
  return {{"homes", list}};
}

}  // namespace fleet::agent
