#include "agent/qdrant/operation.h"

namespace fleet::agent {

std::vector<std::string> QdrantScene::AllBackups() const {
  std::vector<std::string> folders = {backups};
  for (const std::string& folder : more_backups) {
    if (folder != backups) folders.push_back(folder);
  }
  return folders;
}

WantedVector WantedVectorOf(const QdrantScene& scene, bool same_model) {
  return {.name = scene.target.vector_name,
          .size = scene.settings.qdrant_vector_size,
          .distance = scene.settings.qdrant_distance,
          .model = scene.settings.embedding_model,
          .is_model_known = scene.target.vector_name == VectorNameOf(scene.settings.embedding_model),
          .same_model = same_model};
}

}  // namespace fleet::agent
