#include "agent/checks/qdrant_collection.h"

#include <algorithm>

#include "agent/checks/qdrant_target.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

void Refuse(Finding& finding, std::string_view why) {
  finding.refusal = why;
  finding.auto_repair = false;
}

// The collection's vector that the MCP server would use: the one of its name.
const VectorShape* Expected(const QdrantFacts& facts) {
  const auto found = facts.found->vectors.find(facts.vector_name);
  return found == facts.found->vectors.end() ? nullptr : &found->second;
}

// The size is known of the standard model only; another entry's model has its own.
bool SizeFits(const QdrantFacts& facts, const CheckSettings& settings, const VectorShape& shape) {
  return facts.vector_name != VectorNameOf(settings.embedding_model) || shape.size == settings.qdrant_vector_size;
}

std::string Names(const std::map<std::string, VectorShape>& vectors) {
  std::string names;
  for (const auto& [name, shape] : vectors) {
    if (!names.empty()) names += ", ";
    names += name.empty() ? "(unnamed)" : name;
  }
  return names.substr(0, 200);
}

class CollectionRules {
 public:
  CollectionRules(const QdrantFacts& facts, const CheckSettings& settings, std::vector<Finding>& findings)
      : facts_(facts), settings_(settings), findings_(findings) {}

  void Missing() {
    Finding finding = Draft("QDRANT_COLLECTION_MISSING");
    if (facts_.remembered && facts_.remembered->points > 0)
      finding.evidence["remembered_points"] = facts_.remembered->points;
    if (facts_.backup) {
      finding.evidence["backup"] = *facts_.backup;
    } else {
      SetRepair(finding, "R-QDR-CREATE");
    }
    // Making or deleting a collection of that name would remove the folder.
    if (facts_.folder) {
      finding.evidence["unloaded_folder"] = facts_.folder->path;
      finding.evidence["folder_has_config"] = std::int64_t{facts_.folder->has_config};
      finding.paths.push_back(facts_.folder->path);
      Refuse(finding, facts_.folder->has_config
                          ? "the server's storage holds the collection, not loaded: restart the server, do not make "
                            "the collection again"
                          : "the server's storage still holds a folder of the collection that could not be loaded, and "
                            "making the collection again would remove it: copy the folder away first");
    }
    findings_.push_back(std::move(finding));
  }

  void Vectors() {
    const auto& vectors = facts_.found->vectors;
    const auto unnamed = vectors.find("");
    const VectorShape* shape = Expected(facts_);
    if (shape == nullptr && unnamed != vectors.end()) {
      Finding finding = Draft("QDRANT_VECTOR_UNNAMED");
      AddShape(unnamed->second, finding);
      // Only vectors of the right size can have been made by the same model.
      if (!SizeFits(facts_, settings_, unnamed->second)) RefuseOtherSize(finding);
      findings_.push_back(std::move(finding));
      shape = &unnamed->second;
    } else if (shape == nullptr) {
      // The standard vector under an entry of another model: the configuration is at fault, and its own rule tells.
      const auto standard = vectors.find(VectorNameOf(settings_.embedding_model));
      if (standard != vectors.end()) {
        shape = &standard->second;
      } else {
        Finding finding = Draft("QDRANT_VECTOR_NAME_MISSING");
        finding.evidence["vector_names"] = ToUtf8(Names(vectors));
        const bool any_fits = std::any_of(vectors.begin(), vectors.end(), [&](const auto& vector) {
          return SizeFits(facts_, settings_, vector.second);
        });
        if (!any_fits) Refuse(finding, "no vector of the collection has the size of the model's");
        if (vectors.size() == 1) AddShape(vectors.begin()->second, finding);
        findings_.push_back(std::move(finding));
        if (vectors.size() == 1) shape = &vectors.begin()->second;
      }
    }
    if (shape != nullptr) Shape(*shape);
  }

  void Status() {
    const CollectionFacts& found = *facts_.found;
    if (found.status == "red") {
      Finding finding = Draft("QDRANT_STATUS_RED");
      if (facts_.backup) finding.evidence["backup"] = *facts_.backup;
      AddOptimizer(finding);
      findings_.push_back(std::move(finding));
    } else if (found.status == "grey" || found.status == "yellow") {
      findings_.push_back(Draft(found.status == "grey" ? "QDRANT_STATUS_GREY" : "QDRANT_STATUS_YELLOW"));
    }
    if (!found.optimizer_error.empty()) {
      Finding finding = Draft("QDRANT_OPTIMIZER_ERROR");
      AddOptimizer(finding);
      findings_.push_back(std::move(finding));
    }
  }

  void Points() {
    if (!facts_.found->points) return;
    const std::int64_t points = *facts_.found->points;
    const std::int64_t remembered = facts_.remembered ? facts_.remembered->points : 0;
    // Where nothing was seen yet a backup tells what there was; what a person has accepted since outweighs it.
    const bool was_seen = facts_.remembered && facts_.remembered->seen_ms > 0;
    const std::int64_t before = was_seen ? remembered : facts_.backup_points.value_or(0);
    const bool is_empty = points == 0 && before > 0;
    const bool dropped = remembered > 0 && points * 100 < remembered * settings_.qdrant_kept_percent;
    if (!is_empty && !dropped) return;
    Finding finding = Draft(is_empty ? "QDRANT_POINTS_EMPTY" : "QDRANT_POINTS_DROP");
    finding.evidence["points"] = points;
    if (remembered > 0) {
      finding.evidence["remembered_points"] = remembered;
      finding.evidence["remembered_ms"] = facts_.remembered->seen_ms;
    }
    if (facts_.backup) finding.evidence["backup"] = *facts_.backup;
    if (facts_.backup_points) finding.evidence["backup_points"] = *facts_.backup_points;
    if (!facts_.backup && finding.refusal.empty()) Refuse(finding, "no backup of the collection was found");
    findings_.push_back(std::move(finding));
  }

  void Payloads() {
    const auto& sample = facts_.found->sample;
    if (!sample || sample->without_document == 0) return;
    Finding finding = Draft("QDRANT_PAYLOAD_SHAPE");
    finding.evidence["sampled"] = sample->points;
    finding.evidence["without_document"] = sample->without_document;
    std::string ids;
    for (const std::string& id : sample->example_ids) ids += (ids.empty() ? "" : ", ") + id.substr(0, 64);
    finding.evidence["point_ids"] = ids;
    findings_.push_back(std::move(finding));
  }

  void Speed() {
    if (!facts_.found->search_us || *facts_.found->search_us <= settings_.qdrant_sluggish_ms * 1'000) return;
    Finding finding = Draft("QDRANT_SLOW");
    finding.evidence["search_ms"] = *facts_.found->search_us / 1'000;
    finding.evidence["limit_ms"] = settings_.qdrant_slow_ms;
    if (*facts_.found->search_us <= settings_.qdrant_slow_ms * 1'000) finding.severity = Severity::kP3;
    findings_.push_back(std::move(finding));
  }

 private:
  Finding Draft(std::string_view code) const { return DraftQdrantFinding(facts_, code, true); }

  void Shape(const VectorShape& shape) {
    if (!SizeFits(facts_, settings_, shape)) {
      Finding finding = Draft("QDRANT_VECTOR_SIZE_MISMATCH");
      AddShape(shape, finding);
      finding.evidence["expected_size"] = settings_.qdrant_vector_size;
      RefuseOtherSize(finding);
      findings_.push_back(std::move(finding));
    }
    if (shape.distance != settings_.qdrant_distance) {
      Finding finding = Draft("QDRANT_DISTANCE_MISMATCH");
      AddShape(shape, finding);
      finding.evidence["expected_distance"] = settings_.qdrant_distance;
      findings_.push_back(std::move(finding));
    }
  }

  void AddOptimizer(Finding& finding) const {
    if (!facts_.found->optimizer_error.empty()) finding.evidence["optimizer_error"] = facts_.found->optimizer_error;
  }

  static void AddShape(const VectorShape& shape, Finding& finding) {
    finding.evidence["size"] = shape.size;
    finding.evidence["distance"] = shape.distance;
  }

  static void RefuseOtherSize(Finding& finding) {
    Refuse(finding, "vectors of another size were made by another model: the texts must be embedded again");
  }

  const QdrantFacts& facts_;
  const CheckSettings& settings_;
  std::vector<Finding>& findings_;
};

}  // namespace

bool IsGoodCollection(const QdrantFacts& facts, const CheckSettings& settings) {
  if (facts.server != QdrantFacts::Server::kAnswers || !facts.found) return false;
  const std::string& status = facts.found->status;
  const VectorShape* shape = Expected(facts);
  return (status == "green" || status == "yellow" || status == "grey") && facts.found->optimizer_error.empty() &&
         shape != nullptr && SizeFits(facts, settings, *shape) && shape->distance == settings.qdrant_distance;
}

void CheckQdrantCollection(const QdrantFacts& facts, const CheckSettings& settings, std::vector<Finding>& findings) {
  CollectionRules rules(facts, settings, findings);
  if (facts.collection_missing) rules.Missing();
  if (!facts.found) return;
  rules.Vectors();
  rules.Status();
  rules.Points();
  rules.Payloads();
  rules.Speed();
}

}  // namespace fleet::agent
