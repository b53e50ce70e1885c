-- Opens a Dockerfile in Neovim (0.7 or later) and prints what the editor made of each answer.
local function say(name, value)
  -- Neovim's own messages end without a line break.
  io.stderr:write('\n' .. name .. ': ' .. tostring(value) .. '\n')
end

vim.cmd('edit ' .. vim.fn.fnameescape(vim.env.INTEROP_FILE))
local buffer = vim.api.nvim_get_current_buf()
vim.bo[buffer].filetype = 'dockerfile'
local client = vim.lsp.start_client({
  cmd = { 'node', vim.env.INTEROP_SERVER, 'lsp', '--stdio' },
  root_dir = vim.fn.getcwd(),
})
vim.lsp.buf_attach_client(buffer, client)
vim.wait(60000, function()
  return #vim.diagnostic.get(buffer) > 0
end)
for _, each in ipairs(vim.diagnostic.get(buffer)) do
  say('diagnostic', each.message)
end

local function ask(method, line, character, more)
  local params = vim.tbl_extend('force', {
    textDocument = { uri = vim.uri_from_bufnr(buffer) },
    position = { line = line, character = character },
  }, more or {})
  local answers = vim.lsp.buf_request_sync(buffer, method, params, 60000)
  return answers[client].result
end
local function text()
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
end

say('definition', ask('textDocument/definition', 4, 14).range.start.line + 1)
vim.lsp.util.apply_workspace_edit(
  ask('textDocument/rename', 4, 14, { newName = 'builder' }),
  'utf-16'
)
say('renamed', select(2, text():gsub('builder', '')))
local found = ask('textDocument/completion', 5, 2)
local labels = {}
for _, item in ipairs(found.items or found) do
  labels[#labels + 1] = item.label
end
say('completion', table.concat(labels, ' '))
local edits = ask('textDocument/formatting', 0, 0, { options = { tabSize = 4, insertSpaces = true } })
vim.lsp.util.apply_text_edits(edits, buffer, 'utf-16')
say('formatted', text():find('\n%s+B=2') and 'yes' or 'no')
vim.lsp.stop_client(client)
vim.cmd('qa!')
