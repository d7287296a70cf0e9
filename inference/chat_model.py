"""Our engine as a LangChain chat model, for a hospital's own LangChain code. The consult itself does not use it.

    model = EngineChat(engine=open_engine("unix:/run/consilium/consilium-arbiter.sock"))
    model.invoke("Which anticoagulant in severe renal impairment?").content
    model.with_structured_output(Answer).invoke(...)

Messages become one user turn, as R1 asks for: no system prompt. Everything in them counts as untrusted text, except
what a `SystemMessage` says. The reasoning is in `additional_kwargs["reasoning_content"]`, not in the content.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import BaseModel, ConfigDict

from inference.types import Chunk, ChunkKind, Engine, Request, Sampling, Segment


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
        think, answer, last = "", "", Chunk(kind=ChunkKind.DONE)
        for chunk in self._chunks(messages, stop, kwargs):
            if run_manager and chunk.kind is ChunkKind.ANSWER:
                run_manager.on_llm_new_token(chunk.text)
            think += chunk.text if chunk.kind is ChunkKind.THINK else ""
            answer += chunk.text if chunk.kind is ChunkKind.ANSWER else ""
            last = chunk if chunk.kind is ChunkKind.DONE else last
        message = AIMessage(
            content=_cut(answer, stop), additional_kwargs={"reasoning_content": think}, response_metadata={"finish_reason": last.finish}
        )
        message.usage_metadata = {
            "input_tokens": last.prompt_tokens,
            "output_tokens": last.think_tokens + last.answer_tokens,
            "total_tokens": last.prompt_tokens + last.think_tokens + last.answer_tokens,
        }
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self._chunks(messages, stop, kwargs):
            piece = _message(chunk)
            if piece is None:
                continue
            result = ChatGenerationChunk(message=piece)
            if run_manager and chunk.kind is ChunkKind.ANSWER:
                run_manager.on_llm_new_token(chunk.text, chunk=result)
            yield result

    def with_structured_output(
        self, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[Any, Any]:
        """The schema binds the grammar itself, so the answer cannot be of another shape."""
        if isinstance(schema, type) and issubclass(schema, BaseModel):
            form: dict[str, Any] = schema.model_json_schema()
            parse: Callable[[str], Any] = schema.model_validate_json
        elif isinstance(schema, dict):
            form, parse = schema, json.loads
        else:
            raise TypeError("give a pydantic model or a JSON schema")
        bound = self.model_copy(update={"answer_schema": form})
        return bound | RunnableLambda(_parser(parse, include_raw))

    def _chunks(self, messages: Sequence[BaseMessage], stop: list[str] | None, changes: dict[str, Any]) -> Iterator[Chunk]:
        segments = tuple(Segment(text=_line(message), trusted=message.type == "system") for message in messages)
        engine: Engine = self.engine
        yield from engine.generate(
            Request(
                segments=segments,
                sampling=Sampling(temperature=self.temperature, top_p=self.top_p),
                seed=int(changes.get("seed", self.seed)),
                think_budget=self.think_budget,
                max_tokens=self.max_tokens,
                deadline_s=self.deadline_s,
                answer_schema=self.answer_schema,
            )
        )


def _line(message: BaseMessage) -> str:
    text = message.content if isinstance(message.content, str) else " ".join(str(part) for part in message.content)
    return f"Assistant: {text}\n" if message.type == "ai" else f"{text}\n"


def _message(chunk: Chunk) -> AIMessageChunk | None:
    if chunk.kind is ChunkKind.ANSWER:
        return AIMessageChunk(content=chunk.text)
    if chunk.kind is ChunkKind.THINK:
        return AIMessageChunk(content="", additional_kwargs={"reasoning_content": chunk.text})
    return None


def _cut(text: str, stop: list[str] | None) -> str:
    return min((text.partition(word)[0] for word in stop or []), key=len, default=text)


def _parser(parse: Callable[[str], Any], include_raw: bool) -> Callable[[AIMessage], Any]:
    def read(message: AIMessage) -> Any:
        parsed = parse(str(message.content))
        return {"raw": message, "parsed": parsed, "parsing_error": None} if include_raw else parsed

    return read
