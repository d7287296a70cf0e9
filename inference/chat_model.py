"""Our engine as a LangChain chat model, for a hospital's own LangChain code. The consult itself does not use it.

    model = EngineChat(engine=open_engine("consilium-arbiter-4m", sockets=Path(".data")))
    model.invoke("Which anticoagulant in severe renal impairment?").content
    model.with_structured_output(Answer).invoke(...)

Messages become one user turn, as R1 asks for: a system message is its first lines. Everything in them counts as untrusted
text, system messages too, for a prompt template may have put a stranger's words there. The reasoning is in
`additional_kwargs["reasoning_content"]`, not in the content. `inference/examples/langchain_rag.md` is a whole chain.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.runnables.config import run_in_executor
from pydantic import ConfigDict, TypeAdapter

from inference.stopping import Stopper
from inference.types import Chunk, ChunkKind, Engine, Request, Sampling, Segment

SETTINGS = ("temperature", "top_p", "seed", "think_budget", "max_tokens", "deadline_s", "answer_schema")
"""What `bind` may change for one call."""
TOOLS = {"tools", "tool_choice", "functions", "function_call"}
NO_TOOLS = "This engine calls no tools. For an answer of a given shape use with_structured_output."


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
        return _joined(list(self._stream(messages, stop, run_manager, **kwargs)))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        """Piece by piece, for a thread that collects the whole would write on after its task was cancelled."""
        return _joined([piece async for piece in self._astream(messages, stop, run_manager, **kwargs)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """Thinking and answer as they come; the last piece carries usage and why it ended. Closing it cancels."""
        return (piece for piece in self._steps(messages, stop, run_manager, kwargs) if piece)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        """Each step in a thread: a cancelled task leaves at the next one, also while the prompt is read."""
        steps = self._steps(messages, stop, run_manager.get_sync() if run_manager else None, kwargs)
        over = object()
        while (piece := await run_in_executor(None, next, steps, over)) is not over:
            if isinstance(piece, ChatGenerationChunk):
                yield piece

    def _steps(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        run_manager: CallbackManagerForLLMRun | None,
        changes: dict[str, Any],
    ) -> Iterator[ChatGenerationChunk | None]:
        """Pieces to show, and None for each sign of the engine that shows nothing."""
        stopper = Stopper(stop or [])
        engine: Engine = self.engine
        request = self._request(messages, changes)
        written = {ChunkKind.THINK: "", ChunkKind.ANSWER: ""}
        with closing(cast(Any, engine.generate(request))) as chunks:
            for chunk in chunks:
                if chunk.kind in written:
                    written[chunk.kind] += chunk.text
                text = stopper.feed(chunk.text) if chunk.kind is ChunkKind.ANSWER else ""
                if chunk.kind is ChunkKind.THINK:
                    yield ChatGenerationChunk(message=AIMessageChunk(content="", additional_kwargs={"reasoning_content": chunk.text}))
                if chunk.kind is ChunkKind.DONE:
                    text = stopper.rest()
                yield _told(text, run_manager) if text else None
                if chunk.kind is ChunkKind.DONE:
                    yield _end(chunk)
                if stopper.stopped or chunk.kind is ChunkKind.DONE:
                    break
        if stopper.stopped:
            yield _end(_counted(engine, request, written))

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        """Refused in words: the engine answers, it calls nothing."""
        raise TypeError(NO_TOOLS)

    def with_structured_output(self, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any) -> Runnable[Any, Any]:
        """A pydantic model, a TypedDict (its answers are dicts), a dataclass, or a JSON schema.

        It binds the grammar itself, so a whole answer cannot be of another shape; one that was cut off is an error.
        """
        if isinstance(schema, dict):
            form, parse = schema, cast(Callable[[str], Any], json.loads)
        elif isinstance(schema, type):
            shape: TypeAdapter[Any] = TypeAdapter(schema)
            form, parse = shape.json_schema(), shape.validate_json
        else:
            raise TypeError("Give a pydantic model, a TypedDict, a dataclass or a JSON schema.")
        return self.model_copy(update={"answer_schema": form}) | RunnableLambda(_parser(parse, include_raw))

    def _request(self, messages: Sequence[BaseMessage], changes: dict[str, Any]) -> Request:
        if called := TOOLS & changes.keys():
            raise TypeError(f"{sorted(called)[0]}: {NO_TOOLS}")
        values = {name: changes.get(name, getattr(self, name)) for name in SETTINGS}
        sampling = Sampling(temperature=values.pop("temperature"), top_p=values.pop("top_p"))
        return Request(segments=tuple(Segment(text=_line(message)) for message in messages), sampling=sampling, **values)


def _line(message: BaseMessage) -> str:
    parts = [message.content] if isinstance(message.content, str) else message.content
    if strange := [part for part in parts if not isinstance(part, str) and part.get("type") != "text"]:
        raise ValueError(f"The engine reads text only, not {strange[0].get('type') if isinstance(strange[0], dict) else 'this'}.")
    text = " ".join(part if isinstance(part, str) else str(part.get("text", "")) for part in parts)
    return f"Assistant: {text}\n" if message.type == "ai" else f"{text}\n"


def _joined(pieces: list[ChatGenerationChunk]) -> ChatResult:
    messages = [piece.message for piece in pieces]
    whole = cast(AIMessageChunk, sum(messages[1:], start=messages[0]))
    message = AIMessage(
        content=whole.content,
        additional_kwargs={"reasoning_content": "", **whole.additional_kwargs},
        response_metadata=whole.response_metadata,
        usage_metadata=whole.usage_metadata,
    )
    return ChatResult(generations=[ChatGeneration(message=message)])


def _told(text: str, run_manager: CallbackManagerForLLMRun | None) -> ChatGenerationChunk:
    piece = ChatGenerationChunk(message=AIMessageChunk(content=text))
    if run_manager:
        run_manager.on_llm_new_token(text, chunk=piece)
    return piece


def _end(last: Chunk) -> ChatGenerationChunk:
    written = last.think_tokens + last.answer_tokens
    usage: UsageMetadata = {
        "input_tokens": last.prompt_tokens,
        "output_tokens": written,
        "total_tokens": last.prompt_tokens + written,
        "output_token_details": {"reasoning": last.think_tokens},
    }
    message = AIMessageChunk(content="", response_metadata={"finish_reason": last.finish}, usage_metadata=usage, chunk_position="last")
    return ChatGenerationChunk(message=message)


def _counted(engine: Engine, request: Request, written: dict[ChunkKind, str]) -> Chunk:
    """The end of a stream that was left at a stop word: its texts are tokenised again, which may differ by a token or two."""
    scaffold = engine.count((Segment(text=""),))
    think, answer = (engine.count((Segment(text=written[kind]),)) - scaffold for kind in (ChunkKind.THINK, ChunkKind.ANSWER))
    prompt = engine.count(request.segments)
    return Chunk(kind=ChunkKind.DONE, finish="stop", prompt_tokens=prompt, think_tokens=max(0, think), answer_tokens=max(0, answer))


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
