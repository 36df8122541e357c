#include "common/rules/families.h"

namespace fleet {

namespace {

constexpr char kGate[] = "P3 when nothing in this home uses Qdrant";

}  // namespace

// Qdrant is the vector database behind dgmo's long-term memory: an MCP server stores and finds notes in one collection
// of it.
std::vector<Rule> QdrantRules() {
  return {
      {"QDRANT_DOWN", 100, "qdrant", Severity::kP1, kGate,
       "Nothing listens where the home's Qdrant server should be, and no young process of it is still loading. dgmo "
       "works "
       "without its long-term memory: it finds and stores nothing.",
       "Start the server (its service or container), and look at its log for why it ended.", "R-QDR-RESTART", false,
       ""},
      {"QDRANT_TIMEOUT", 101, "qdrant", Severity::kP2,
       "P1 at the third check in a row; P3 when nothing here uses Qdrant",
       "The Qdrant server does not accept a connection or does not answer within 10 seconds.",
       "Look at the load, memory and disk of its machine; restart the server when it does not recover.",
       "R-QDR-RESTART", false, ""},
      {"QDRANT_NOT_READY", 102, "qdrant", Severity::kP2, kGate,
       "The Qdrant server is there but does not serve: it says so itself, fails with a server error, or is still "
       "loading "
       "its collections (evidence loading), during which its port is closed.",
       "Wait while it loads. If it stays so, look at its log before restarting: a restart makes a loading server begin "
       "again.",
       "R-QDR-RESTART", false, ""},
      {"QDRANT_WRONG_SERVICE", 103, "qdrant", Severity::kP1, kGate,
       "Another program answers at the address of the Qdrant server. dgmo's memory does not work, although the port "
       "looks "
       "open.",
       "See which program holds the port, end it or move it, and start Qdrant.", "R-PORT", false, ""},
      {"QDRANT_AUTH", 104, "qdrant", Severity::kP2, kGate,
       "The Qdrant server lives but refuses the key it was given, or wants one and was given none. Whether the memory "
       "is "
       "healthy is unknown.",
       "Set the right QDRANT_API_KEY in the MCP entry; the agent uses the same.", "", false, ""},
      {"QDRANT_COLLECTION_MISSING", 105, "qdrant", Severity::kP1, kGate,
       "The server does not have the collection that holds dgmo's memory. The MCP server would make a new, empty one "
       "at "
       "its next use, which removes what may be left of the old one in the server's storage.",
       "When the evidence names an unloaded folder, copy it away before anything else. Then recover the collection "
       "from "
       "its newest snapshot, or have an empty one made.",
       "R-QDR-RECOVER", false, ""},
      {"QDRANT_VECTOR_UNNAMED", 106, "qdrant", Severity::kP1, kGate,
       "The collection has one vector without a name. The MCP server asks for a vector named after its model, so every "
       "search and store fails although the notes are all there.",
       "Have the vectors renamed. Do not delete the collection: that would lose the notes.", "R-QDR-REVECTOR", false,
       ""},
      {"QDRANT_VECTOR_NAME_MISSING", 107, "qdrant", Severity::kP1, kGate,
       "The collection has named vectors, but none of the name that the MCP server uses for its model. Every search "
       "and "
       "store fails although the notes are all there.",
       "See which embedding model made the vectors. If it is the same under another name, have them renamed; else "
       "correct EMBEDDING_MODEL.",
       "R-QDR-REVECTOR", false, ""},
      {"QDRANT_VECTOR_SIZE_MISMATCH", 108, "qdrant", Severity::kP1, kGate,
       "The collection's vectors do not have the size that the embedding model makes: another model made them, and "
       "they "
       "cannot be compared with new ones.",
       "Correct EMBEDDING_MODEL, or have the texts embedded again with the right model. Vectors cannot be converted.",
       "", false, ""},
      {"QDRANT_DISTANCE_MISMATCH", 109, "qdrant", Severity::kP2, kGate,
       "The collection compares vectors by another measure than Cosine: results are ranked differently from what the "
       "MCP "
       "server expects.",
       "Have the collection rebuilt with the right measure from its own points.", "R-QDR-REVECTOR", false, ""},
      {"QDRANT_STATUS_RED", 110, "qdrant", Severity::kP1, kGate,
       "The server says that the collection is broken: a write failed and could not be recovered.",
       "Look at the server's disk, memory and log first, take a snapshot if it still can, then recover from a good "
       "one.",
       "R-QDR-RECOVER", false, ""},
      {"QDRANT_STATUS_GREY", 110, "qdrant", Severity::kP3, "",
       "The collection waits for optimisations that nobody has started, as is usual after a restart. It works, a bit "
       "slower.",
       "Nothing; the next write starts them, or have them started.", "R-QDR-OPTIMIZE", false, ""},
      {"QDRANT_STATUS_YELLOW", 110, "qdrant", Severity::kP3, "",
       "The server is optimising the collection, or makes a snapshot of it. It works, a bit slower.",
       "Wait; do not restart the server.", "R-QDR-OPTIMIZE", false, ""},
      {"QDRANT_OPTIMIZER_ERROR", 110, "qdrant", Severity::kP2, kGate,
       "The server's optimiser has stopped with an error. The collection is not kept in order until that is mended.",
       "Read the error in the evidence; a full disk and a lack of memory are the usual causes.", "R-QDR-OPTIMIZE",
       false, ""},
      {"QDRANT_POINTS_DROP", 111, "qdrant", Severity::kP1, kGate,
       "The collection holds clearly fewer notes than it did when it was last good. The MCP server never deletes any, "
       "so "
       "somebody or something else did.",
       "Find out who deleted points. Recover the newest good snapshot, or say with `dgmo-agent qdrant accept` that the "
       "new count is right.",
       "R-QDR-RECOVER", false, ""},
      {"QDRANT_POINTS_EMPTY", 112, "qdrant", Severity::kP1, kGate,
       "The collection is empty although it, or a backup of it, held notes: it was lost and made anew, which the MCP "
       "server does by itself.",
       "Recover the newest good snapshot, or say with `dgmo-agent qdrant accept` that it is meant to be empty.",
       "R-QDR-RECOVER", false, ""},
      {"QDRANT_PAYLOAD_SHAPE", 113, "qdrant", Severity::kP3, "",
       "Some points have no text named \"document\" in their payload. The MCP server reads it of every point that it "
       "finds, so one of them makes every search fail that returns it.",
       "See what wrote those points, and give them a document or delete them.", "", false, ""},
      {"QDRANT_SLOW", 114, "qdrant", Severity::kP2, "P3 when it is only above 100 ms, or nothing here uses Qdrant",
       "Searching the collection takes longer than half a second (the median of five searches).",
       "Look at the memory and disk of the server's machine, and have the collection optimised.", "R-QDR-OPTIMIZE",
       false, ""},
      {"QDRANT_EXPOSED", 115, "qdrant", Severity::kP2, kGate,
       "Other machines can reach the Qdrant server, and it shows its collections to whoever asks, without a key.",
       "Let it listen on loopback only (service.host), or give it an API key and TLS.", "", false,
       "anybody on the network can read, change and delete the memory"},
  };
}

}  // namespace fleet
