--- The answer to a worker's question, in the conversation in which it asked.

return {
  fields = {
    answer = "what the user says to the question",
  },

  scope = "read-only",

  prompt = [[
TASK: Go on with your task. Here is the answer to your question.
SCOPE: {{scope}}
ANSWER: {{answer}}

OUTPUT:
{{output}}
]],
}
