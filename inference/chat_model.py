"""Our engine as a LangChain chat model, for a hospital's own LangChain code. The consult itself does not use it.

    model = EngineChat(engine=open_engine("unix:.data/model.sock"))
    model.invoke("Which anticoagulant in severe renal impairment?").content
    model.with_structured_output(Answer).invoke(...)

Messages become one user turn, as R1 asks for: a system message is its first lines. Everything in them counts as untrusted
text, system messages too, for a prompt template may have put a stranger's words there. The reasoning is in
`additional_kwargs["reasoning_content"]`, not in the content. `inference/examples/langchain_rag.md` is a whole chain.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any, cast

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import BaseModel, ConfigDict

from inference.stopping import Stopper
from inference.types import Chunk, ChunkKind, Engine, Request, Sampling, Segment

SETTINGS = ("temperature", "top_p", "seed", "think_budget", "max_tokens", "deadline_s", "answer_schema")
"""What `bind` may change for one call."""


class EngineChat(BaseChatModel):
    """Settings as in `inference.types.Request`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    engine: Any
    """An `inference.types.Engine`."""
    temperature: float = 0.6
    top_p: float = 0.95
    seed: int = 1
    think_budget: int | None = 512
    max_tokens: int = 1024
    deadline_s: float = 300.0
    answer_schema: dict[str, Any] | None = None

    @property
    def _llm_type(self) -> str:
        return "consilium-engine"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        engine: Engine = self.engine
        return {**engine.identity().model_dump(), "seed": self.seed, "temperature": self.temperature}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        pieces = [piece.message for piece in self._stream(messages, stop, run_manager, **kwargs)]
        whole = cast(AIMessageChunk, sum(pieces[1:], start=pieces[0]))
        message = AIMessage(
            content=whole.content,
            additional_kwargs={"reasoning_content": "", **whole.additional_kwargs},
            response_metadata=whole.response_metadata,
            usage_metadata=whole.usage_metadata,
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """Thinking and answer as they come; the last piece carries usage and why it ended. Closing it cancels."""
        stopper = Stopper(stop or [])
        engine: Engine = self.engine
        with closing(cast(Any, engine.generate(self._request(messages, kwargs)))) as chunks:
            for chunk in chunks:
                text = stopper.feed(chunk.text) if chunk.kind is ChunkKind.ANSWER else ""
                if chunk.kind is ChunkKind.THINK:
                    yield ChatGenerationChunk(message=AIMessageChunk(content="", additional_kwargs={"reasoning_content": chunk.text}))
                if chunk.kind is ChunkKind.DONE:
                    text = stopper.rest()
                if text:
                    yield _told(text, run_manager)
                if stopper.stopped or chunk.kind is ChunkKind.DONE:
                    yield _end(chunk, "stop" if stopper.stopped else chunk.finish)
                    return

    def with_structured_output(self, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any) -> Runnable[Any, Any]:
        """The schema binds the grammar itself, so a whole answer cannot be of another shape; one that was cut off is an error."""
        if isinstance(schema, type) and issubclass(schema, BaseModel):
            form: dict[str, Any] = schema.model_json_schema()
            parse: Callable[[str], Any] = schema.model_validate_json
        elif isinstance(schema, dict):
            form, parse = schema, json.loads
        else:
            raise TypeError("Give a pydantic model or a JSON schema.")
        return self.model_copy(update={"answer_schema": form}) | RunnableLambda(_parser(parse, include_raw))

    def _request(self, messages: Sequence[BaseMessage], changes: dict[str, Any]) -> Request:
        values = {name: changes.get(name, getattr(self, name)) for name in SETTINGS}
        sampling = Sampling(temperature=values.pop("temperature"), top_p=values.pop("top_p"))
        return Request(segments=tuple(Segment(text=_line(message)) for message in messages), sampling=sampling, **values)


def _line(message: BaseMessage) -> str:
    parts = [message.content] if isinstance(message.content, str) else message.content
    if strange := [part for part in parts if not isinstance(part, str) and part.get("type") != "text"]:
        raise ValueError(f"The engine reads text only, not {strange[0].get('type') if isinstance(strange[0], dict) else 'this'}.")
    text = " ".join(part if isinstance(part, str) else str(part.get("text", "")) for part in parts)
    return f"Assistant: {text}\n" if message.type == "ai" else f"{text}\n"


def _told(text: str, run_manager: CallbackManagerForLLMRun | None) -> ChatGenerationChunk:
    piece = ChatGenerationChunk(message=AIMessageChunk(content=text))
    if run_manager:
        run_manager.on_llm_new_token(text, chunk=piece)
    return piece


def _end(last: Chunk, finish: str) -> ChatGenerationChunk:
    """Counts are known only where the engine itself came to the end."""
    usage: UsageMetadata | None = None
    if last.kind is ChunkKind.DONE:
        written = last.think_tokens + last.answer_tokens
        usage = {
            "input_tokens": last.prompt_tokens,
            "output_tokens": written,
            "total_tokens": last.prompt_tokens + written,
            "output_token_details": {"reasoning": last.think_tokens},
        }
    message = AIMessageChunk(content="", response_metadata={"finish_reason": finish}, usage_metadata=usage, chunk_position="last")
    return ChatGenerationChunk(message=message)


def _parser(parse: Callable[[str], Any], include_raw: bool) -> Callable[[AIMessage], Any]:
    def read(message: AIMessage) -> Any:
        try:
            parsed, error = parse(str(message.content)), None
        except ValueError as found:
            why = str(message.response_metadata.get("finish_reason", ""))
            parsed, error = None, ValueError(f"The answer is not whole (it ended by {why or 'itself'}). Allow more tokens. {found}")
        if include_raw:
            return {"raw": message, "parsed": parsed, "parsing_error": error}
        if error:
            raise error
        return parsed

    return read
