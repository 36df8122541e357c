#pragma once

#include <string_view>

namespace fleet::agent {

struct ExampleFile {
  std::string_view path;  // below the root
  std::string_view bytes;
};

// The catalogue's example documents: one developer's project as dgmo writes it, with the faults the catalogue names.
// A later file takes the place of an earlier one of the same path.
// clang-format off
inline constexpr ExampleFile kExampleStore[] = {
    {"storage/session/info/ses_816aecd9affetzTJbgUmNbzSey.json",
     R"json({"id":"ses_816aecd9affetzTJbgUmNbzSey","version":"0.2.3","title":"Refactor invoice rounding","time":{"created":1751966102117,"updated":1751966108427}})json"},
    {"storage/session/info/ses_81683a167ffej8o57i2ocdht52.json",
     R"json({"id":"ses_81683a167ffej8o57i2ocdht52","version":"0.2.3","title":"New Session - 2025-07-08T10:02:11.480Z","time":{"created":1751968931480,"updated":1751968931480}})json"},
    {"storage/session/info/ses_816ad5941ffeDj8c5W2qfZKlcX.json",
     R"json({"id":"ses_816ad5941ffeDj8c5W2qfZKlcX","version":"0.2.3","parentID":"ses_816aecd9affetzTJbgUmNbzSey","title":"Child session - 2025-07-08T09:16:37.438Z","time":{"created":1751966197438,"updated":1751966197438}})json"},
    {"storage/session/info/ses_816ad5941ffdecaQjonoaEGhgW.json",
     R"json({"id":"ses_816ad5941ffdecaQjonoaEGhgW","version":"0.2.3","parentID":"ses_816aecd9affetzTJbgUmNbzSey","title":"Child session - 2025-07-08T09:16:37.438Z","time":{"created":1751966197438,"updated":1751966197438}})json"},
    {"storage/session/info/ses_816ad2a35ffe3eRWayvffBRoG9.json",
     R"json({"id":"ses_816ad2a35ffe3eRWayvffBRoG9","version":"0.2.3","parentID":"ses_816ad5941ffeDj8c5W2qfZKlcX","title":"Child session - 2025-07-08T09:16:49.482Z","time":{"created":1751966209482,"updated":1751966209482}})json"},
    {"storage/session/info/ses_8105eedfcffeeOBsRvei1gvVfe.json",
     R"json({"id":"ses_8105eedfcffeeOBsRvei1gvVfe","version":"0.2.4","title":"Explain ledger schema","time":{"created":1752072000003,"updated":1752072061203},"share":{"url":"https://dgmo.ai/s/ei1gvVfe"}})json"},
    {"storage/session/info/ses_ffbe25e73ffeaxkcjwaV4grzEb.json",
     R"json({"id":"ses_ffbe25e73ffeaxkcjwaV4grzEb","version":"dev","title":"After the id wrap","time":{"created":1786775445900,"updated":1786775449910}})json"},
    {"storage/session/info/ses_80ca5e08dffeRYtTWLKL3kB9vl.json",
     R"json({"id":"ses_80ca5e08dffeRYtTWLKL3kB9vl","version":"0.2.4","parentID":"undefined","title":"Hand-edited parent","time":{"created":1752134459250,"updated":1752134459350}})json"},
    {"storage/session/message/ses_816aecd9affetzTJbgUmNbzSey/msg_7e9514205001pp3ZRCKPeY2hIX.json",
     R"json({"role":"user","id":"msg_7e9514205001pp3ZRCKPeY2hIX","parts":[{"type":"text","text":"Round half-even in invoice totals"}],"metadata":{"time":{"created":1751966106117},"sessionID":"ses_816aecd9affetzTJbgUmNbzSey","tool":{}}})json"},
    {"storage/session/message/ses_816aecd9affetzTJbgUmNbzSey/msg_7e951422a001yx0da6IXEKgX3Y.json",
     R"json({"id":"msg_7e951422a001yx0da6IXEKgX3Y","role":"assistant","parts":[{"type":"text","text":"Delegating an audit."},{"type":"tool-invocation","toolInvocation":{"args":{"description":"Audit rounding calls","prompt":"List every rounding call"},"toolCallId":"toolu_01Qm7","toolName":"task","state":"result","result":"Found 7 calls."}}],"metadata":{"assistant":{"system":["You are a coding agent."],"path":{"cwd":"/home/mira/src/payments-api","root":"/home/mira/src/payments-api"},"cost":0.0123,"tokens":{"input":812,"output":140,"reasoning":0,"cache":{"read":0,"write":0}},"modelID":"claude-sonnet-4","providerID":"anthropic"},"time":{"created":1751966106154,"completed":1751966296838},"sessionID":"ses_816aecd9affetzTJbgUmNbzSey","tool":{"toolu_01Qm7":{"title":"Audit rounding calls","summary":[],"time":{"start":1751966197398,"end":1751966291448}}}}})json"},
    {"storage/session/message/ses_816aecd9affetzTJbgUmNbzSey/msg_7e96381e50015KbMjlV0aM6vt8.json",
     R"json({"id":"msg_7e96381e50015KbMjlV0aM6vt8","role":"assistant","parts":[{"type":"text","text":"Writing the"},{"type":"tool-invocation","toolInvocation":{"state":"call","toolName":"edit","toolCallId":"toolu_01Zk2","args":{"filePath":"/home/mira/src/payments-api/src/total.ts"}}}],"metadata":{"assistant":{"system":["You are a coding agent."],"path":{"cwd":"/home/mira/src/payments-api","root":"/home/mira/src/payments-api"},"cost":0,"tokens":{"input":0,"output":0,"reasoning":0,"cache":{"read":0,"write":0}},"modelID":"claude-sonnet-4","providerID":"anthropic"},"time":{"created":1751967302117},"sessionID":"ses_816aecd9affetzTJbgUmNbzSey","tool":{"toolu_01Zk2":{"title":"src/total.ts","time":{"start":0,"end":0}}}}})json"},
    {"storage/session/message/ses_816ad2a35ffe3eRWayvffBRoG9/msg_7e952df8e0016qwLVpthwOA6hj.json",
     R"json({"id":"msg_7e952df8e0016qwLVpthwOA6hj","role":"assistant","parts":[],"metadata":{"assistant":{"system":["You are a coding agent."],"path":{"cwd":"/home/mira/src/payments-api","root":"/home/mira/src/payments-api"},"cost":0,"tokens":{"input":0,"output":0,"reasoning":0,"cache":{"read":0,"write":0}},"modelID":"claude-sonnet-4","providerID":"anthropic"},"time":{"created":1751966211982,"completed":1751966241993},"sessionID":"ses_816ad2a35ffe3eRWayvffBRoG9","tool":{},"error":{"name":"UnknownError","data":{"message":"AI_APICallError: Overloaded"}}}})json"},
    {"storage/session/message/ses_816aecd9affetzTJbgUmNbzSey/msg_7e95a5a25001QTx3xVxJJxGO79.json",
     R"json({"id":"msg_7e95a5a25001QTx3xVxJJxGO79","role":"assistant","parts":[{"type":"text","text":"Summary: rounding moved to money.ts; tests pending."}],"metadata":{"tool":{},"sessionID":"ses_816aecd9affetzTJbgUmNbzSey","assistant":{"system":["You are a coding agent."],"path":{"cwd":"/home/mira/src/payments-api","root":"/home/mira/src/payments-api"},"cost":0.031,"tokens":{"input":9120,"output":210,"reasoning":0,"cache":{"read":0,"write":0}},"modelID":"claude-sonnet-4","providerID":"anthropic","summary":true},"time":{"created":1751966702117,"completed":1751966710137}}})json"},
    {"storage/session/message/ses_8105eedfcffeeOBsRvei1gvVfe/msg_7efa1358f001jQkcNwcepQtcbi.json",
     R"json({"role":"user","id":"msg_7efa1358f001jQkcNwcepQtcbi","parts":[{"type":"text","text":"Describe this diagram"},{"type":"file","mediaType":"image/png","filename":"ledger.png","url":"data:image/png;base64,iVBORw0KGgo="}],"metadata":{"time":{"created":1752072009103},"sessionID":"ses_8105eedfcffeeOBsRvei1gvVfe","tool":{}}})json"},
    {"storage/session/message/ses_816ad5941ffeDj8c5W2qfZKlcX/msg_7e952a70e001sAPj94LDIONs3P.json",
     R"json({"role":"user","id":"msg_7e952a70e001sAPj94LDIONs3P","parts":[{"type":"text","text":"List every rounding call"}],"metadata":{"time":{"created":1751966197518},"sessionID":"ses_816ad5941ffeDj8c5W2qfZKlcX","tool":{}}})json"},
    {"storage/session/message/ses_ffbe25e73ffeaxkcjwaV4grzEb/msg_0041da66e001OjuUKZKaDihZP7.json",
     R"json({"id":"msg_0041da66e001OjuUKZKaDihZP7","role":"assistant","parts":[{"type":"text","text":"ok"}],"metadata":{"assistant":{"system":["You are a coding agent."],"path":{"cwd":"/home/mira/src/payments-api","root":"/home/mira/src/payments-api"},"cost":0.0123,"tokens":{"input":812,"output":140,"reasoning":0,"cache":{"read":0,"write":0}},"modelID":"claude-sonnet-4|TECHNIQUES:cot,few-shot","providerID":"anthropic","prompting":{"techniques":["cot","few-shot"],"originalPrompt":"ping","enhancedPrompt":"Think, then answer: ping","selectionMode":"auto","confidence":0.7}},"time":{"created":1786775447150,"completed":1786775448050},"sessionID":"ses_ffbe25e73ffeaxkcjwaV4grzEb","tool":{}}})json"},
    {"storage/session/sub-sessions/ses_816ad5941ffeDj8c5W2qfZKlcX.json",
     R"json({"id":"ses_816ad5941ffeDj8c5W2qfZKlcX","parentSessionId":"ses_816aecd9affetzTJbgUmNbzSey","agentName":"Audit rounding calls","taskDescription":"List every rounding call","status":"completed","createdAt":1751966197444,"startedAt":1751966197459,"completedAt":1751966291438,"summary":"Found 7 calls."})json"},
    {"storage/session/sub-sessions/ses_816ad5941ffdecaQjonoaEGhgW.json",
     R"json({"id":"ses_816ad5941ffdecaQjonoaEGhgW","parentSessionId":"ses_816aecd9affetzTJbgUmNbzSey","agentName":"Write regression tests","taskDescription":"Add tests for half-even rounding in src/total.ts","status":"failed","createdAt":1751966197446,"startedAt":1751966197463,"completedAt":1751966230038,"summary":"Failed: ENOENT: no such file or directory, open '/home/mira/.cache/dgmo/models.json'"})json"},
    {"storage/session/sub-sessions/ses_816acd859ffeH7VsXITFTofUW0.json",
     R"json({"id":"ses_816acd859ffeH7VsXITFTofUW0","parentSessionId":"ses_816aecd9affetzTJbgUmNbzSey","agentName":"Debug: Write regression tests","taskDescription":"An earlier attempt failed; try again.","status":"running","createdAt":1751966230445})json"},
    {"storage/session/sub-sessions/ses_816ad2a35ffe3eRWayvffBRoG9.json",
     R"json({"id":"ses_816ad2a35ffe3eRWayvffBRoG9","parentSessionId":"ses_816ad5941ffeDj8c5W2qfZKlcX","agentName":"Check money.ts","taskDescription":"Confirm money.ts has no float math","status":"completed","createdAt":1751966209487,"startedAt":1751966209501,"completedAt":1751966242002,"summary":"No output"})json"},
    {"storage/session/sub-sessions/ses_8105d675cffe7u0tO2GqnKR2Lk.json",
     R"json({"id":"ses_8105d675cffe7u0tO2GqnKR2Lk","parentSessionId":"ses_8105eedfcffeeOBsRvei1gvVfe","agentName":"Draw ERD","taskDescription":"Produce an ERD for the ledger tables","status":"pending","createdAt":1752072100007})json"},
    {"storage/session/sub-sessions/ses_83b2f9f7fffeSPS5cQ6z0fr4EA.json",
     R"json({"id":"ses_83b2f9f7fffeSPS5cQ6z0fr4EA","parentSessionId":"ses_83b306e80ffew2kdHlQ3W1tlae","agentName":"Old agent","taskDescription":"Its parent was deleted later","status":"completed","createdAt":1751353680004,"startedAt":1751353680020,"completedAt":1751353740000,"summary":"Done."})json"},
    {"storage/session/sub-sessions/ses_80ca5cd05ffeIJpmhqfx2jYWoz.json",
     R"json({"id":"ses_80ca5cd05ffeIJpmhqfx2jYWoz","parentSessionId":"ses_80ca5e08dffeRYtTWLKL3kB9vl","agentName":"Bad status","taskDescription":"x","status":"done","createdAt":1752134464253})json"},
    {"storage/session/sub-sessions/ses_816ad5941ffeDj8c5W2qfZKlcX.json",
     R"json({"id":"ses_816ad5941ffeDj8c5W2qfZKlcX","parentSessionId":"ses_816aecd9affetzTJbgUmNbzSey","agentName":"Audit rounding calls","taskDescription":"List every rounding call","status":"completed","createdAt":1751966197444,"startedAt":1751966197459,"completedAt":1751966291438,"summary":"All seven calls reviewed \ud83d..."})json"},
    {"storage/session/sub-session-index/ses_816aecd9affetzTJbgUmNbzSey.json",
     R"json(["ses_816ad5941ffeDj8c5W2qfZKlcX","ses_816ad5941ffdecaQjonoaEGhgW","ses_816acd859ffeH7VsXITFTofUW0"])json"},
    {"storage/session/sub-session-index/ses_816ad5941ffeDj8c5W2qfZKlcX.json",
     R"json(["ses_816ad2a35ffe3eRWayvffBRoG9"])json"},
    {"storage/session/sub-session-index/ses_81683a167ffej8o57i2ocdht52.json",
     R"json([])json"},
    {"storage/session/sub-session-index/ses_83b306e80ffew2kdHlQ3W1tlae.json",
     R"json(["ses_83b2f9f7fffeSPS5cQ6z0fr4EA"])json"},
    {"storage/session/sub-session-index/ses_8105eedfcffeeOBsRvei1gvVfe.json",
     R"json(["ses_8105d675cffe7u0tO2GqnKR2Lk","ses_8105d675cffe7u0tO2GqnKR2Lk"])json"},
    {"storage/session/share/ses_8105eedfcffeeOBsRvei1gvVfe.json",
     R"json({"secret":"0c9f5a1e-redacted-example","url":"https://dgmo.ai/s/ei1gvVfe"})json"},
    {"storage/session/performance/ses_816aecd9affetzTJbgUmNbzSey.json",
     R"json({"totalOperations":2,"averageLatency":412.5,"maxLatency":600.1,"minLatency":224.9,"operationBreakdown":{"tool-execution":{"count":2,"avgLatency":412.5,"totalTime":825}},"memoryUsage":{"heapUsed":51200000,"heapTotal":80000000,"external":4100000},"timestamp":1751967402117,"sessionId":"ses_816aecd9affetzTJbgUmNbzSey"})json"},
    {"app.json",
     R"json({"initialized":1751879702117})json"},
};
// clang-format on

}  // namespace fleet::agent
