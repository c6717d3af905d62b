import { LabIcon } from '@jupyterlab/ui-components';

import nbquestSvg from '../style/icons/nbquest.svg';

/** A summit with a flag: the panel's icon. */
export const nbquestIcon = new LabIcon({
  name: 'jupyter-nbquest:nbquest',
  svgstr: nbquestSvg
});
