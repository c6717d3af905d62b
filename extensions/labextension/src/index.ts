import { commands } from './plugins/commands';
import { learning } from './plugins/learning';
import { panel } from './plugins/panel';
import { status } from './plugins/status';
import { toolbar } from './plugins/toolbar';

export { ILearning } from './tokens';

export default [learning, panel, commands, status, toolbar];
